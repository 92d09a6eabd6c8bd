-- apply_ddl makes the objects of a new schema: it runs the statements of the tenants' DDL with path as the search_path.
-- Inside a function the server refuses transaction control, so no DDL can commit half a tenant. One call is one round
-- trip. Each statement is run by itself, so that the context of an error says which one it was.
--
-- A function may stand before the tables that its code names, as in what pg_dump writes. So the code is tried when all
-- is there, by the validator of its language, as CREATE FUNCTION tries it. BEGIN ATOMIC was resolved before. The second
-- column of a trial is for provision's messages: it ends up in the context of an error.
--
-- Then it takes from PUBLIC what it got on the new objects: PostgreSQL gives it EXECUTE on every function, and the
-- administrator's own default privileges may have given more. Rights of roles by name are the administrator's decision. So
-- are those on objects that the administrator does not own: a trusted extension's belong to the superuser. The schema
-- keeps others away from them in any case.
CREATE FUNCTION {{system}}.apply_ddl(schema_name text, path text, statements text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $function$
DECLARE
    statement text;
    revokes text;
    trials text[];
BEGIN
    PERFORM pg_catalog.set_config('search_path', apply_ddl.path, true),
            pg_catalog.set_config('check_function_bodies', 'off', true);
    FOREACH statement IN ARRAY apply_ddl.statements LOOP
        EXECUTE statement;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE; -- triggers that were put off to the commit need the path; and Adopt drops their tables
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

    WITH member AS (
        SELECT d.classid, d.objid FROM pg_depend AS d
         WHERE d.refclassid = 'pg_namespace'::regclass
           AND d.refobjid = quote_ident(apply_ddl.schema_name)::regnamespace
    ), object (kind, oid, owner, acl, trial) AS (
        SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid, c.relowner, c.relacl, NULL
          FROM member JOIN pg_class AS c ON c.oid = objid WHERE classid = 'pg_class'::regclass
        UNION ALL
        SELECT 'ROUTINE', f.oid, f.proowner, COALESCE(f.proacl, acldefault('f', f.proowner)),
               CASE WHEN f.prosqlbody IS NULL AND f.prokind <> 'a' THEN
                   (SELECT format('SELECT pg_catalog.%s(%s::pg_catalog.oid), %L', l.lanvalidator::regproc, f.oid,
                               encode(sha256(convert_to(f.prosrc, 'UTF8')), 'hex') || ' ' || f.proname)
                      FROM pg_language AS l WHERE l.oid = f.prolang AND l.lanname IN ('sql', 'plpgsql')) END
          FROM member JOIN pg_proc AS f ON f.oid = objid WHERE classid = 'pg_proc'::regclass
    )
    SELECT string_agg(DISTINCT format('REVOKE ALL ON %s %s FROM PUBLIC', o.kind,
               CASE o.kind WHEN 'ROUTINE' THEN o.oid::regprocedure::text ELSE o.oid::regclass::text END), '; ')
               FILTER (WHERE a.grantee = 0 AND o.owner = quote_ident(current_user)::regrole),
           array_agg(DISTINCT o.trial) FILTER (WHERE o.trial IS NOT NULL)
      INTO revokes, trials FROM object AS o LEFT JOIN aclexplode(o.acl) AS a ON true;
    IF trials IS NOT NULL THEN
        PERFORM pg_catalog.set_config('search_path', apply_ddl.path, true),
                pg_catalog.set_config('check_function_bodies', 'on', true);
        FOREACH statement IN ARRAY trials LOOP
            EXECUTE statement;
        END LOOP;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    END IF;
    IF revokes IS NOT NULL THEN
        EXECUTE revokes;
    END IF;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.apply_ddl(text, text, text[]) FROM PUBLIC;
