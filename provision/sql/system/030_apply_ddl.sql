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
    relations oid[];
    routines oid[];
BEGIN
    PERFORM pg_catalog.set_config('search_path', apply_ddl.path, true),
            pg_catalog.set_config('check_function_bodies', 'off', true);
    FOREACH statement IN ARRAY apply_ddl.statements LOOP
        EXECUTE statement;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE; -- triggers that were put off to the commit need the path; and Adopt drops their tables
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

    SELECT array_agg(d.objid) FILTER (WHERE d.classid = 'pg_class'::regclass),
           array_agg(d.objid) FILTER (WHERE d.classid = 'pg_proc'::regclass)
      INTO relations, routines FROM pg_depend AS d
     WHERE d.refclassid = 'pg_namespace'::regclass
       AND d.refobjid = quote_ident(apply_ddl.schema_name)::regnamespace;
    SELECT string_agg(format('REVOKE ALL ON %s %s FROM PUBLIC', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
               c.oid::regclass), '; ')
      INTO revokes FROM pg_class AS c
     WHERE c.oid = ANY (relations) AND c.relowner = quote_ident(current_user)::regrole
       AND EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee = 0);
    IF routines IS NOT NULL THEN
        SELECT concat_ws('; ', revokes, string_agg(format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f.oid::regprocedure), '; ')
                   FILTER (WHERE f.proowner = quote_ident(current_user)::regrole
                             AND EXISTS (SELECT FROM aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a
                                          WHERE a.grantee = 0))),
               array_agg(format('SELECT pg_catalog.%s(%s::pg_catalog.oid), %L', l.lanvalidator::regproc, f.oid,
                   encode(sha256(convert_to(f.prosrc, 'UTF8')), 'hex') || ' ' || f.proname) ORDER BY f.oid) FILTER (
                   WHERE f.prosqlbody IS NULL AND f.prokind <> 'a' AND l.lanname IN ('sql', 'plpgsql'))
          INTO revokes, trials FROM pg_proc AS f JOIN pg_language AS l ON l.oid = f.prolang WHERE f.oid = ANY (routines);
    END IF;
    IF trials IS NOT NULL THEN
        PERFORM pg_catalog.set_config('search_path', apply_ddl.path, true),
                pg_catalog.set_config('check_function_bodies', 'on', true);
        FOREACH statement IN ARRAY trials LOOP
            EXECUTE statement;
        END LOOP;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    END IF;
    IF revokes <> '' THEN
        EXECUTE revokes;
    END IF;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.apply_ddl(text, text, text[]) FROM PUBLIC;
