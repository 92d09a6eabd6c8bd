DROP TABLE audit;
DROP INDEX document_search_idx;
ALTER TABLE document DROP COLUMN expires_at;
