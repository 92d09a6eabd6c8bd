-- lock_tables locks every table of a tenant's schema against readers and writers until the transaction ends, and every view, of
-- both kinds, or none of them, and then returns the one that somebody else has. It waits for the one named first alone, up to
-- lock_timeout, and holds nothing while it waits: so no program's transaction can be in a deadlock with it.
-- LOCK TABLE does not know materialized views, and locks what is behind a view, too, in other schemas even. That a view gets the
-- owner that it has changes nothing and takes the same lock. It has no NOWAIT: there the shortest lock_timeout does.
CREATE FUNCTION {{system}}.lock_tables(schema_name text, first text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    t record;
    patience text := current_setting('lock_timeout');
BEGIN
    FOR t IN
        SELECT c.relname::text AS name,
               CASE c.relkind WHEN 'v' THEN format('ALTER VIEW %I.%I OWNER TO %I', lock_tables.schema_name, c.relname, o.rolname)
                   WHEN 'm' THEN format('ALTER MATERIALIZED VIEW %I.%I OWNER TO %I', lock_tables.schema_name, c.relname, o.rolname)
                   ELSE format('LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE%s', lock_tables.schema_name, c.relname,
                               CASE WHEN c.relname = lock_tables.first THEN '' ELSE ' NOWAIT' END) END AS statement
          FROM pg_class AS c JOIN pg_roles AS o ON o.oid = c.relowner
         WHERE c.relnamespace = to_regnamespace(quote_ident(lock_tables.schema_name))
           AND (c.relkind IN ('r', 'p') OR c.relkind IN ('v', 'm') AND pg_has_role(c.relowner, 'USAGE')) -- who owns none alters none
         ORDER BY c.relname IS DISTINCT FROM lock_tables.first, c.relname
    LOOP
        IF t.name IS DISTINCT FROM lock_tables.first THEN
            PERFORM set_config('lock_timeout', '1ms', true);
        END IF;
        EXECUTE t.statement;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
    RETURN NULL;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN t.name;
    WHEN undefined_table THEN -- it was dropped since it was listed
        RETURN t.name;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.lock_tables(text, text) FROM PUBLIC;
