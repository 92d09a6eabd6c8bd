-- What lies around the tenants' schemas, as in testdata/guard/setup.sql: names that the statements of the corpus use, with
-- SYSTEM-SECRET or GLOBEX-SECRET in the rows. Definitions and comments say GLOBEX-NAME: the server shows them to everybody.
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

CREATE TABLE docex_system.tenants (tenant_id text PRIMARY KEY, schema_name text NOT NULL, api_key text);
INSERT INTO docex_system.tenants VALUES ('acme', 'tenant_acme', 'SYSTEM-SECRET-KEY-acme'), ('globex', 'tenant_globex', 'SYSTEM-SECRET-KEY-globex');
CREATE TABLE docex_system.audit_log (id bigint GENERATED ALWAYS AS IDENTITY, tenant text, what text);
INSERT INTO docex_system.audit_log (tenant, what) VALUES ('globex', 'SYSTEM-SECRET login by globex');
CREATE FUNCTION docex_system.resolve(t text) RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT schema_name || ' ' || api_key FROM docex_system.tenants WHERE tenant_id = t $$;
CREATE TABLE docex_system.shared_links (doc_id bigint REFERENCES tenant_acme.documents, token text);
INSERT INTO docex_system.shared_links VALUES (7, 'SYSTEM-SECRET-token');
CREATE TABLE docex_system.scratch_refs (k int, token text);

-- exactly 63 bytes; a longer spelling of it truncates to it
CREATE SCHEMA tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_byt;
CREATE TABLE tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_byt.documents (id int, name text);
INSERT INTO tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_byt.documents VALUES (1, 'GLOBEX-SECRET-LONG');

ALTER TYPE tenant_globex.doc_status ADD VALUE 'GLOBEX-NAME-STATUS';
ALTER DOMAIN tenant_globex.short_name ADD CONSTRAINT "GLOBEX-NAME-RULE" CHECK (VALUE <> '');
COMMENT ON TABLE tenant_globex.documents IS 'GLOBEX-NAME comment';
CREATE PUBLICATION globex_pub FOR TABLE tenant_globex.documents;
SELECT lo_from_bytea(424200, 'GLOBEX-SECRET-LO');
