-- apply_ddl makes the objects of a new schema: it runs the files of the tenants' DDL with path as the search_path. Inside a
-- function the server refuses transaction control, so no DDL can commit half a tenant. One call is one round trip.
--
-- Then it takes from PUBLIC what it got on the new objects: PostgreSQL gives it EXECUTE on every function, and the
-- administrator's own default privileges may have given more. Rights of roles by name are the administrator's decision. So
-- are those on objects that the administrator does not own: a trusted extension's belong to the superuser. The schema
-- keeps others away from them in any case.
CREATE FUNCTION {{system}}.apply_ddl(schema_name text, path text, files text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $function$
DECLARE
    file text;
    revokes text;
BEGIN
    PERFORM pg_catalog.set_config('search_path', apply_ddl.path, true);
    FOREACH file IN ARRAY apply_ddl.files LOOP
        EXECUTE file;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE; -- triggers that were put off to the commit need the path; and Adopt drops their tables
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

    WITH member AS (
        SELECT d.classid, d.objid FROM pg_depend AS d
         WHERE d.refclassid = 'pg_namespace'::regclass
           AND d.refobjid = quote_ident(apply_ddl.schema_name)::regnamespace
    ), object (kind, name, owner, acl) AS (
        SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text, c.relowner, c.relacl
          FROM member JOIN pg_class AS c ON c.oid = objid WHERE classid = 'pg_class'::regclass
        UNION ALL
        SELECT 'ROUTINE', f.oid::regprocedure::text, f.proowner, COALESCE(f.proacl, acldefault('f', f.proowner))
          FROM member JOIN pg_proc AS f ON f.oid = objid WHERE classid = 'pg_proc'::regclass
    )
    SELECT string_agg(DISTINCT format('REVOKE ALL ON %s %s FROM PUBLIC', o.kind, o.name), '; ') INTO revokes
      FROM object AS o, aclexplode(o.acl) AS a
     WHERE a.grantee = 0 AND o.owner = quote_ident(current_user)::regrole;
    IF revokes IS NOT NULL THEN
        EXECUTE revokes;
    END IF;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.apply_ddl(text, text, text[]) FROM PUBLIC;
