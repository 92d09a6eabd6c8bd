-- append_only keeps the audit log from being rewritten by accident, by its owner too. Who may drop the trigger may do
-- anything; that is the administrator.
CREATE FUNCTION {{system}}.append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'docex: the audit log is append-only';
END
$function$;
REVOKE ALL ON FUNCTION {{system}}.append_only() FROM PUBLIC;

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON {{system}}.audit
FOR EACH STATEMENT EXECUTE FUNCTION {{system}}.append_only();

-- only_forgotten lets one change through: the detail of an entry becomes the word forgotten, where a later entry says that
-- the tenant was forgotten. All else of the entry stays.
CREATE FUNCTION {{system}}.only_forgotten() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NEW.detail = 'forgotten' AND to_jsonb(NEW) - 'detail' = to_jsonb(OLD) - 'detail' AND EXISTS (
        SELECT FROM {{system}}.audit AS a
         WHERE a.tenant_id = OLD.tenant_id AND a.action = 'forget' AND a.outcome = 'done' AND a.id > OLD.id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'docex: the audit log is append-only';
END
$function$;
REVOKE ALL ON FUNCTION {{system}}.only_forgotten() FROM PUBLIC;

CREATE TRIGGER only_forgotten BEFORE UPDATE ON {{system}}.audit
FOR EACH ROW EXECUTE FUNCTION {{system}}.only_forgotten();
