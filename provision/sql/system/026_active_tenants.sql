-- active_tenants returns the ids of active tenants that sort behind after, byte by byte: the first most of them, in that
-- order. It is granted to the application's login alone, for jobs over all tenants. Without roles per tenant the login is
-- who runs tenants' statements, so it gets nothing while docex.tenant_id names one.
CREATE FUNCTION {{system}}.active_tenants(after text, most integer) RETURNS TABLE (id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    IF COALESCE(current_setting('docex.tenant_id', true), '') <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'docex: a session that works for a tenant learns of no others';
    END IF;
    RETURN QUERY SELECT t.id FROM {{system}}.tenant AS t
     WHERE t.id > active_tenants.after AND t.state = 'active' AND NOT t.is_system
     ORDER BY t.id LIMIT active_tenants.most;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.active_tenants(text, integer) FROM PUBLIC;
