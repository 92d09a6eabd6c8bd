CREATE TABLE basket (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL CONSTRAINT basket_name_key UNIQUE CHECK (name <> ''),
	description text NOT NULL DEFAULT '',
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE document (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	basket_id bigint NOT NULL CONSTRAINT document_basket_id_fkey REFERENCES basket (id),
	name text NOT NULL CHECK (name <> ''),
	body text NOT NULL DEFAULT '',
	created_by text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT document_basket_id_name_key UNIQUE (basket_id, name)
);
