-- Two tenants and what surrounds them in a database, for tests that run statements on a server: tenant_acme asks,
-- tenant_globex must not be seen. Whatever is not tenant_acme's holds GLOBEX-SECRET or SYSTEM-SECRET, so that a leak shows.
-- A superuser runs it in an empty database. {app} stands for the role that may touch tenant_acme, and read ref, only.
SET client_min_messages = warning;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA docex_system;
CREATE SCHEMA ref;
CREATE SCHEMA tenant_acme;
CREATE SCHEMA tenant_globex;
-- exactly 63 bytes; a longer spelling of it truncates to it
CREATE SCHEMA tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_byt;
GRANT USAGE ON SCHEMA tenant_acme, ref TO {app};

-- Extensions that a real deployment has, in public, which is on no tenant's search_path. Where the server lacks one there is
-- less to find, and no test needs it.
DO $$
DECLARE e text;
BEGIN
  FOREACH e IN ARRAY ARRAY['pgcrypto','pg_trgm','unaccent','tablefunc','dblink','hstore','xml2','pageinspect','tsm_system_rows'] LOOP
    BEGIN
      EXECUTE format('CREATE EXTENSION %I SCHEMA public', e);
    EXCEPTION WHEN OTHERS THEN
      RAISE NOTICE 'no %: %', e, SQLERRM;
    END;
  END LOOP;
END $$;

CREATE TABLE public.shared_cache (tenant text, val text);
INSERT INTO public.shared_cache VALUES ('tenant_globex', 'GLOBEX-SECRET-CACHE'), ('tenant_acme', 'acme cache');

CREATE TABLE ref.countries (code char(2) PRIMARY KEY, name text NOT NULL, vat numeric);
INSERT INTO ref.countries VALUES ('DE','Germany',19),('FR','France',20),('US','United States',0);
CREATE TABLE ref.currencies (code char(3) PRIMARY KEY, name text NOT NULL);
INSERT INTO ref.currencies VALUES ('EUR','Euro'),('USD','US Dollar');
GRANT SELECT ON ALL TABLES IN SCHEMA ref TO {app};

CREATE TABLE docex_system.tenants (tenant_id text PRIMARY KEY, schema_name text NOT NULL, role_name text, api_key text);
INSERT INTO docex_system.tenants VALUES
 ('acme','tenant_acme','tenant_acme_role','SYSTEM-SECRET-KEY-acme'),
 ('globex','tenant_globex','tenant_globex_role','SYSTEM-SECRET-KEY-globex');
CREATE TABLE docex_system.audit_log (id bigint GENERATED ALWAYS AS IDENTITY, tenant text, what text);
INSERT INTO docex_system.audit_log (tenant, what) VALUES ('globex','SYSTEM-SECRET login by globex');
CREATE FUNCTION docex_system.resolve(t text) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT schema_name || ' ' || api_key FROM docex_system.tenants WHERE tenant_id = t $$;

CREATE FUNCTION docex_system.provision(s text) RETURNS void LANGUAGE plpgsql AS $prov$
DECLARE glob boolean := s LIKE '%globex%'; mk text := CASE WHEN s LIKE '%globex%' THEN 'GLOBEX-SECRET' ELSE 'acme' END; i int;
BEGIN
  PERFORM set_config('search_path', s, true);
  EXECUTE format('CREATE TYPE doc_status AS ENUM (''draft'',''active'',''archived'' %s)', CASE WHEN glob THEN ', ''GLOBEX-SECRET-STATUS''' ELSE '' END);
  EXECUTE 'CREATE TYPE address AS (street text, city text)';
  EXECUTE format('CREATE DOMAIN short_name AS text CONSTRAINT %I CHECK (length(VALUE) <= 80)', CASE WHEN glob THEN 'GLOBEX-SECRET-RULE' ELSE 'short_name_check' END);
  -- a tenant schema that itself has a reg type: a hazard that only provisioning can prevent
  EXECUTE 'CREATE DOMAIN relref AS regclass';
  EXECUTE 'CREATE TABLE watched (rel regclass)';
  EXECUTE 'CREATE TABLE baskets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, owner_addr address, created_at timestamptz NOT NULL DEFAULT now())';
  EXECUTE 'CREATE TABLE documents (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, status doc_status NOT NULL DEFAULT ''draft'',
     body jsonb NOT NULL DEFAULT ''{}'', tsv tsvector, basket_id bigint REFERENCES baskets,
     tags text[] NOT NULL DEFAULT ''{}'', scores int[], label short_name, price numeric(12,2), valid daterange, note xml,
     created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (basket_id, name))';
  EXECUTE 'CREATE INDEX documents_tsv_idx ON documents USING gin (tsv)';
  EXECUTE 'CREATE INDEX documents_brin_idx ON documents USING brin (created_at)';
  EXECUTE 'CREATE TABLE document_metadata (document_id bigint NOT NULL REFERENCES documents ON DELETE CASCADE, key text NOT NULL, value text, PRIMARY KEY (document_id, key))';
  EXECUTE 'CREATE SEQUENCE events_id_seq';
  EXECUTE 'CREATE TABLE events (id bigint NOT NULL DEFAULT nextval(''events_id_seq''), document_id bigint, kind text NOT NULL, payload jsonb, created_at timestamptz NOT NULL) PARTITION BY RANGE (created_at)';
  EXECUTE 'CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM (''2024-01-01'') TO (''2025-01-01'')';
  EXECUTE 'CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM (''2025-01-01'') TO (''2026-01-01'')';
  EXECUTE 'CREATE TABLE events_default PARTITION OF events DEFAULT';
  EXECUTE 'CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb, state text NOT NULL DEFAULT ''queued'', run_at timestamptz NOT NULL DEFAULT now(), locked_by text)';
  EXECUTE 'CREATE TABLE counters (name text PRIMARY KEY, n bigint NOT NULL DEFAULT 0)';
  EXECUTE 'CREATE TABLE folders (id int PRIMARY KEY, parent_id int REFERENCES folders, name text)';
  EXECUTE 'CREATE TABLE scratch (k int, v text)';
  EXECUTE 'CREATE TABLE "Weird Table" ("Mixed Col" int, "select" text)';
  EXECUTE 'CREATE SEQUENCE doc_number_seq START 100';
  EXECUTE 'CREATE VIEW active_documents AS SELECT id, name, status, basket_id FROM documents WHERE status = ''active''';
  EXECUTE 'CREATE MATERIALIZED VIEW doc_stats AS SELECT basket_id, count(*) AS n FROM documents GROUP BY basket_id';
  EXECUTE 'CREATE FUNCTION doc_count() RETURNS bigint LANGUAGE sql STABLE AS ''SELECT count(*) FROM documents''';
  EXECUTE 'CREATE FUNCTION doc_label(d documents) RETURNS text LANGUAGE sql STABLE AS ''SELECT d.name || ''''/'''' || d.status''';
  EXECUTE format('CREATE FUNCTION get_secret() RETURNS text LANGUAGE sql STABLE AS ''SELECT name FROM %I.documents ORDER BY id LIMIT 1''', s);
  EXECUTE format('CREATE FUNCTION docs_in(b bigint) RETURNS SETOF documents LANGUAGE sql STABLE AS ''SELECT * FROM %I.documents WHERE basket_id = b''', s);
  EXECUTE format('CREATE FUNCTION loud(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $b$ SELECT %L || x $b$', mk || '-loud:');
  EXECUTE format('CREATE FUNCTION plus_secret(a int, b int) RETURNS text LANGUAGE sql IMMUTABLE AS $b$ SELECT %L::text $b$', mk || '-op');
  EXECUTE 'CREATE OPERATOR @+ (FUNCTION = plus_secret, LEFTARG = int, RIGHTARG = int)';
  EXECUTE 'CREATE OPERATOR <<< (FUNCTION = text_lt, LEFTARG = text, RIGHTARG = text)';
  EXECUTE 'CREATE OPERATOR === (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text, COMMUTATOR = ===)';
  EXECUTE 'CREATE OPERATOR CLASS name_ops_t FOR TYPE text USING btree AS OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 bttextcmp(text,text)';
  EXECUTE format('CREATE FUNCTION agg_sfn(s text, x text) RETURNS text LANGUAGE sql IMMUTABLE AS $b$ SELECT coalesce(s,%L) || x $b$', mk || ':');
  EXECUTE 'CREATE AGGREGATE join_names(text) (SFUNC = agg_sfn, STYPE = text)';
  EXECUTE 'CREATE COLLATION tenant_coll (provider = libc, locale = ''C'')';
  EXECUTE 'CREATE TEXT SEARCH DICTIONARY tenant_dict (TEMPLATE = pg_catalog.simple)';
  EXECUTE 'CREATE TEXT SEARCH CONFIGURATION tenant_cfg (COPY = pg_catalog.english)';
  EXECUTE 'ALTER TEXT SEARCH CONFIGURATION tenant_cfg ALTER MAPPING FOR asciiword WITH tenant_dict';
  EXECUTE 'CREATE FUNCTION tenant_sampler(internal) RETURNS tsm_handler LANGUAGE internal STRICT AS ''tsm_bernoulli_handler''';
  EXECUTE 'CREATE PROCEDURE archive_old(p_days int) LANGUAGE sql AS $b$ UPDATE documents SET status = ''archived'' WHERE created_at < now() - make_interval(days => p_days) $b$';
  EXECUTE format('CREATE PROCEDURE purge_all() LANGUAGE sql AS $b$ DELETE FROM %I.scratch $b$', s);
  EXECUTE format('CREATE PROCEDURE add_note(t text) LANGUAGE sql AS $b$ INSERT INTO %I.scratch VALUES (1, t) $b$', s);
  INSERT INTO baskets (name) SELECT mk || ' basket ' || g FROM generate_series(1,3) g;
  EXECUTE $q$UPDATE baskets SET owner_addr = ROW($1 || ' street', $1 || ' city')::address$q$ USING mk;
  FOR i IN 1..(CASE WHEN glob THEN 23 ELSE 7 END) LOOP
    INSERT INTO documents (name, status, body, tsv, basket_id, tags, scores, label, price, valid, created_at)
    VALUES (mk || ' doc ' || i, (CASE i % 3 WHEN 0 THEN 'archived' WHEN 1 THEN 'active' ELSE 'draft' END)::doc_status,
      jsonb_build_object('title', mk || ' title ' || i, 'pages', i, 'tags', jsonb_build_array('a','b'), 'a.b', 'dotted', 'nested', jsonb_build_object('k', i)),
      to_tsvector('simple', mk || ' invoice number ' || i), 1 + i % 3, ARRAY['red', mk], ARRAY[i, i*2], mk, i * 10.5,
      daterange('2024-01-01', date '2024-01-01' + i), timestamptz '2024-06-01 00:00+00' + make_interval(days => i));
  END LOOP;
  INSERT INTO document_metadata SELECT id, 'author', mk || ' author' FROM documents;
  INSERT INTO events (document_id, kind, payload, created_at) SELECT g, 'view', jsonb_build_object('who', mk), timestamptz '2024-06-01 00:00+00' + make_interval(days => g * 60) FROM generate_series(1, 6) g;
  INSERT INTO jobs (payload) SELECT jsonb_build_object('job', mk, 'n', g) FROM generate_series(1,4) g;
  INSERT INTO counters VALUES ('docs', 7), (mk, 1);
  INSERT INTO folders VALUES (1, NULL, mk || ' root'), (2, 1, mk || ' child'), (3, 2, mk || ' grandchild');
  INSERT INTO scratch VALUES (1, mk), (2, 'x');
  INSERT INTO "Weird Table" VALUES (1, mk);
  REFRESH MATERIALIZED VIEW doc_stats;
  EXECUTE format('COMMENT ON TABLE documents IS %L', mk || ' comment');
  PERFORM setval('doc_number_seq', CASE WHEN glob THEN 777001 ELSE 100 END);
  PERFORM set_config('search_path', 'public', true);
END $prov$;
SELECT docex_system.provision('tenant_acme');
SELECT docex_system.provision('tenant_globex');
CREATE TABLE tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_byt.documents (id int, name text);
INSERT INTO tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_byt.documents VALUES (1, 'GLOBEX-SECRET-LONG');
-- another schema's table that a cascade reaches
CREATE TABLE docex_system.shared_links (doc_id bigint REFERENCES tenant_acme.documents, token text);
INSERT INTO docex_system.shared_links VALUES (7, 'SYSTEM-SECRET-token');
CREATE TABLE docex_system.scratch_refs (k int, token text);
-- a publication over another tenant's table
CREATE PUBLICATION globex_pub FOR TABLE tenant_globex.documents;
SELECT lo_from_bytea(424200, 'GLOBEX-SECRET-LO');
DROP FUNCTION docex_system.provision;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA tenant_acme TO {app};
GRANT ALL ON ALL SEQUENCES IN SCHEMA tenant_acme TO {app};
RESET search_path;
