ALTER TABLE document ADD COLUMN expires_at timestamptz;
CREATE INDEX document_expires_at_idx ON document (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX document_search_idx ON document USING gin (to_tsvector('english', name || ' ' || body));

CREATE TABLE audit (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT now(),
	actor text NOT NULL,
	action text NOT NULL,
	subject text NOT NULL
);
