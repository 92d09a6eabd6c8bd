-- apply_ddl runs one file of the tenants' DDL. Inside a function the server refuses transaction control, so no DDL can
-- commit half a tenant; the caller has put the tenant's schema on the path.
CREATE FUNCTION {{system}}.apply_ddl(ddl text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $function$
BEGIN
    EXECUTE ddl;
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.apply_ddl(text) FROM PUBLIC;
