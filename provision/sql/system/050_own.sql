-- What tenants may call: locks, messages and maintenance of their own. Each function works for the tenant that the
-- session is pinned to, which it learns from the role: nobody but the login can take that on. Without roles per tenant it
-- is the setting docex.tenant_id, which the guard keeps tenants from setting.

-- own_tenant returns that tenant, or raises DX005. A transaction with a snapshot from before a suspension does not see
-- that the tenant's state has changed. It sees that its role may not use the schema: rights are looked up as they are.
CREATE FUNCTION {{system}}.own_tenant(OUT id text, OUT schema_name text, OUT role_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    SELECT t.id, t.schema_name, COALESCE(t.role_name, session_user)
      INTO own_tenant.id, own_tenant.schema_name, own_tenant.role_name
      FROM {{system}}.tenant AS t
     WHERE t.state = 'active' AND NOT t.is_system
       AND CASE WHEN t.role_name IS NULL
                THEN current_setting('role') = 'none' AND t.id = current_setting('docex.tenant_id', true)
                ELSE t.role_name = current_setting('role') END;
    IF NOT FOUND OR NOT has_schema_privilege(own_tenant.role_name, own_tenant.schema_name, 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'DX005', MESSAGE = 'docex: the session works for no tenant';
    END IF;
END
$function$;

-- own_name returns a name that is the tenant's alone, of 64 hexadecimal digits: of SHA-256 with a secret, so that no
-- tenant can find a name that means another one's, or work out the key of a lock or a channel's name.
CREATE FUNCTION {{system}}.own_name(name text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF own_name.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'docex: the name is NULL';
    END IF;
    RETURN (SELECT encode(sha256(convert_to(concat_ws('/', i.secret, t.id, own_name.name), 'UTF8')), 'hex')
              FROM {{system}}.installation AS i, {{system}}.own_tenant() AS t);
END
$function$;

-- lock waits for the tenant's lock of that name and holds it until the transaction ends.
CREATE FUNCTION {{system}}.lock(name text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(('x' || left({{system}}.own_name(lock.name), 16))::bit(64)::bigint);
END
$function$;

-- try_lock is lock, but does not wait: it returns false when another session holds the lock.
CREATE FUNCTION {{system}}.try_lock(name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN pg_try_advisory_xact_lock(('x' || left({{system}}.own_name(try_lock.name), 16))::bit(64)::bigint);
END
$function$;

-- channel returns what to LISTEN to for the tenant's messages of that name.
CREATE FUNCTION {{system}}.channel(name text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN 'docex_' || left({{system}}.own_name(channel.name), 48);
END
$function$;

-- notify sends a message to the tenant's channel of that name when the transaction commits.
CREATE FUNCTION {{system}}.notify(channel text, payload text DEFAULT '') RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM pg_notify({{system}}.channel(notify.channel), notify.payload);
END
$function$;

-- own_relation returns the tenant's own relation of that name and of one of the kinds (pg_class.relkind), quoted. The
-- tenant's role must hold the privilege on it. It refuses a session that has temporary relations or types: a bare name in
-- a function that a view or an index calls would mean those, on the path of maintenance, and a temporary view runs what
-- its maker likes with the administrator's rights.
CREATE FUNCTION {{system}}.own_relation(name text, kinds text, privilege text) RETURNS regclass
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    me record;
    parts text[] := parse_ident(own_relation.name);
    found regclass;
BEGIN
    SELECT * INTO me FROM {{system}}.own_tenant();
    IF EXISTS (SELECT FROM pg_type WHERE typnamespace = pg_my_temp_schema()) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'docex: the session has temporary tables, views or types; drop them first';
    END IF;
    SELECT c.oid INTO found FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = me.schema_name AND c.relname = parts[cardinality(parts)]
       AND (cardinality(parts) = 1 OR cardinality(parts) = 2 AND parts[1] = me.schema_name)
       AND strpos(own_relation.kinds, c.relkind::text) > 0
       AND has_table_privilege(me.role_name, c.oid, own_relation.privilege);
    IF found IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('docex: the tenant has no such relation that it may %s: %s', own_relation.privilege,
                             COALESCE(left(own_relation.name, 128), 'NULL'));
    END IF;
    RETURN found;
END
$function$;

-- truncate_tables empties tables of the tenant's own, together, so that they may refer to one another. It refuses a table
-- with row security, a trigger for DELETE or a rule for it, which TRUNCATE does not obey, and one with a trigger for
-- TRUNCATE, which would run with the administrator's rights; and a table that holds rows of such a one.
CREATE FUNCTION {{system}}.truncate_tables(VARIADIC tables text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    named regclass[];
    schema oid := (SELECT quote_ident(t.schema_name)::regnamespace FROM {{system}}.own_tenant() AS t);
    role text := (SELECT t.role_name FROM {{system}}.own_tenant() AS t);
    refused text;
BEGIN
    SELECT array_agg({{system}}.own_relation(t, 'rp', 'DELETE')) INTO named FROM unnest(truncate_tables.tables) AS t;
    WITH RECURSIVE emptied (oid) AS (
        SELECT unnest(named)::oid
        UNION
        SELECT i.inhrelid FROM pg_inherits AS i JOIN emptied AS e ON i.inhparent = e.oid
    )
    SELECT c.relname INTO refused FROM emptied JOIN pg_class AS c USING (oid)
     WHERE c.relrowsecurity OR c.relnamespace <> schema OR NOT has_table_privilege(role, c.oid, 'DELETE')
        OR c.relkind NOT IN ('r', 'p')
        OR EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal
                      AND g.tgtype & (8 | 32) <> 0) -- for DELETE, for TRUNCATE
        OR EXISTS (SELECT FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type = '4'); -- for DELETE
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('docex: table "%s" has row security, or a trigger or rule for it; use DELETE', refused);
    END IF;
    IF named IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || array_to_string(named, ', ');
    END IF;
END
$function$;

-- analyze_tables collects statistics about tables and materialized views of the tenant's own.
CREATE FUNCTION {{system}}.analyze_tables(VARIADIC tables text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    named text;
BEGIN
    SELECT string_agg({{system}}.own_relation(t, 'rpm', 'SELECT')::text, ', ') INTO named
      FROM unnest(analyze_tables.tables) AS t;
    IF named IS NOT NULL THEN
        EXECUTE 'ANALYZE ' || named;
    END IF;
END
$function$;

-- refresh_view runs the query of a materialized view of the tenant's own anew. As when the view was made, what the query
-- calls runs with its owner's rights.
CREATE FUNCTION {{system}}.refresh_view(view text, concurrently boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    EXECUTE 'REFRESH MATERIALIZED VIEW ' || CASE WHEN refresh_view.concurrently THEN 'CONCURRENTLY ' ELSE '' END ||
        {{system}}.own_relation(refresh_view.view, 'm', 'SELECT');
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.own_tenant(), {{system}}.own_name(text), {{system}}.own_relation(text, text, text),
    {{system}}.lock(text), {{system}}.try_lock(text), {{system}}.channel(text), {{system}}.notify(text, text),
    {{system}}.truncate_tables(text[]), {{system}}.analyze_tables(text[]), {{system}}.refresh_view(text, boolean) FROM PUBLIC;
