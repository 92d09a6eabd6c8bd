ALTER TABLE document DROP COLUMN size;
ALTER TABLE document DROP COLUMN tags;
DROP TABLE metadata;
