-- lock_tables locks every table of a tenant's schema against readers and writers until the transaction ends, or none, and
-- then returns the table that somebody else has. It waits for the table first alone, up to lock_timeout, and holds nothing
-- while it waits: so no program's transaction can be in a deadlock with it.
CREATE FUNCTION {{system}}.lock_tables(schema_name text, first text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT c.relname::text AS name, format('LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE%s', lock_tables.schema_name, c.relname,
                                   CASE WHEN c.relname = lock_tables.first THEN '' ELSE ' NOWAIT' END) AS statement
          FROM pg_class AS c
         WHERE c.relnamespace = to_regnamespace(quote_ident(lock_tables.schema_name)) AND c.relkind IN ('r', 'p')
         ORDER BY c.relname IS DISTINCT FROM lock_tables.first, c.relname
    LOOP
        EXECUTE t.statement;
    END LOOP;
    RETURN NULL;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN t.name;
    WHEN undefined_table THEN -- it was dropped since it was listed
        RETURN t.name;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.lock_tables(text, text) FROM PUBLIC;
