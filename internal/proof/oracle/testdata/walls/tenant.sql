-- The objects of testdata/guard/setup.sql as DDL of tenants: without schema names, and alike for all. What tells the
-- tenants apart is the row in table mark. Bodies that setup.sql qualifies with a schema are parsed here, when the function
-- is made, so they mean that schema whoever calls. Its columns and domains of the types reg* are left out: such a
-- column turns literals into names, which no wall stops; provisioning refuses them. What else it refuses is in rows.sql.
CREATE TABLE mark (mark text NOT NULL);
CREATE TYPE doc_status AS ENUM ('draft', 'active', 'archived');
CREATE TYPE address AS (street text, city text);
CREATE DOMAIN short_name AS text CONSTRAINT short_name_check CHECK (length(VALUE) <= 80);
CREATE TABLE baskets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, owner_addr address,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, status doc_status NOT NULL DEFAULT 'draft',
    body jsonb NOT NULL DEFAULT '{}', tsv tsvector, basket_id bigint REFERENCES baskets,
    tags text[] NOT NULL DEFAULT '{}', scores int[], label short_name, price numeric(12,2), valid daterange, note xml,
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (basket_id, name));
CREATE INDEX documents_tsv_idx ON documents USING gin (tsv);
CREATE INDEX documents_brin_idx ON documents USING brin (created_at);
CREATE TABLE document_metadata (
    document_id bigint NOT NULL REFERENCES documents ON DELETE CASCADE, key text NOT NULL, value text,
    PRIMARY KEY (document_id, key));
CREATE SEQUENCE events_id_seq;
CREATE TABLE events (
    id bigint NOT NULL DEFAULT nextval('events_id_seq'), document_id bigint, kind text NOT NULL, payload jsonb,
    created_at timestamptz NOT NULL) PARTITION BY RANGE (created_at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb, state text NOT NULL DEFAULT 'queued',
    run_at timestamptz NOT NULL DEFAULT now(), locked_by text);
CREATE TABLE counters (name text PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
CREATE TABLE folders (id int PRIMARY KEY, parent_id int REFERENCES folders, name text);
CREATE TABLE scratch (k int, v text);
CREATE TABLE "Weird Table" ("Mixed Col" int, "select" text);
CREATE SEQUENCE doc_number_seq START 100;
CREATE VIEW active_documents AS SELECT id, name, status, basket_id FROM documents WHERE status = 'active';
CREATE MATERIALIZED VIEW doc_stats AS SELECT basket_id, count(*) AS n FROM documents GROUP BY basket_id;
CREATE FUNCTION doc_count() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM documents';
CREATE FUNCTION doc_label(d documents) RETURNS text LANGUAGE sql STABLE AS 'SELECT d.name || ''/'' || d.status';
CREATE FUNCTION get_secret() RETURNS text LANGUAGE sql STABLE RETURN (SELECT name FROM documents ORDER BY id LIMIT 1);
CREATE FUNCTION docs_in(b bigint) RETURNS SETOF documents LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT * FROM documents WHERE basket_id = b; END;
CREATE FUNCTION loud(x text) RETURNS text LANGUAGE sql IMMUTABLE RETURN (SELECT mark || '-loud:' || x FROM mark);
CREATE FUNCTION plus_secret(a int, b int) RETURNS text LANGUAGE sql IMMUTABLE RETURN (SELECT mark || '-op' FROM mark);
CREATE OPERATOR @+ (FUNCTION = plus_secret, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR <<< (FUNCTION = text_lt, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR === (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text, COMMUTATOR = ===);
CREATE FUNCTION agg_sfn(s text, x text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN coalesce(s, (SELECT mark || ':' FROM mark)) || x;
CREATE AGGREGATE join_names(text) (SFUNC = agg_sfn, STYPE = text);
CREATE COLLATION tenant_coll (provider = libc, locale = 'C');
CREATE TEXT SEARCH DICTIONARY tenant_dict (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION tenant_cfg (COPY = english);
ALTER TEXT SEARCH CONFIGURATION tenant_cfg ALTER MAPPING FOR asciiword WITH tenant_dict;
CREATE PROCEDURE archive_old(p_days int) LANGUAGE sql
    AS 'UPDATE documents SET status = ''archived'' WHERE created_at < now() - make_interval(days => p_days)';
CREATE PROCEDURE purge_all() LANGUAGE sql BEGIN ATOMIC DELETE FROM scratch; END;
CREATE PROCEDURE add_note(t text) LANGUAGE sql BEGIN ATOMIC INSERT INTO scratch VALUES (1, t); END;
