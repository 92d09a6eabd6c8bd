-- append_only keeps the audit log from being rewritten by accident, by its owner too. Who may drop the trigger may do
-- anything; that is the administrator.
CREATE FUNCTION {{system}}.append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'docex: the audit log is append-only';
END
$function$;
REVOKE ALL ON FUNCTION {{system}}.append_only() FROM PUBLIC;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {{system}}.audit
FOR EACH STATEMENT EXECUTE FUNCTION {{system}}.append_only();
