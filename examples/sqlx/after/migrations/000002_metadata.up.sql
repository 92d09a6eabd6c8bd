CREATE TABLE metadata (
	document_id bigint NOT NULL CONSTRAINT metadata_document_id_fkey REFERENCES document (id) ON DELETE CASCADE,
	key text NOT NULL CHECK (key <> ''),
	value text NOT NULL,
	PRIMARY KEY (document_id, key)
);

ALTER TABLE document ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
ALTER TABLE document ADD COLUMN size bigint GENERATED ALWAYS AS (length(body)) STORED;
CREATE INDEX document_tags_idx ON document USING gin (tags);
