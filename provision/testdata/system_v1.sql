-- The system schema as version 1 had it, for the tests of Upgrade. Not to be changed.
-- The system schema: what docex knows about its tenants. {{system}} is replaced by the quoted name of the schema.
-- Run once by Init, as the administrator, with search_path = pg_catalog, pg_temp.

CREATE SCHEMA {{system}};
COMMENT ON SCHEMA {{system}} IS 'docex: registry of tenants; written by the provisioner only';

-- One row: what was decided when the database was initialised.
CREATE TABLE {{system}}.installation (
    one            boolean     PRIMARY KEY DEFAULT true CHECK (one),
    id             text        NOT NULL CHECK (id ~ '^[0-9a-f]{8}$'),
    version        integer     NOT NULL CHECK (version > 0),
    environment    text        NOT NULL CHECK (environment <> ''),
    app_role       text        NOT NULL CHECK (app_role <> ''),
    shared_role    text        NULL,           -- NULL: no role per tenant
    created_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN {{system}}.installation.id IS 'part of every role name, since roles belong to the whole server';
COMMENT ON COLUMN {{system}}.installation.version IS 'of the system schema';

-- One row per tenant that ever was. A dropped one stays as a tombstone, so that its id is not given out again.
CREATE TABLE {{system}}.tenant (
    id             text COLLATE "C" PRIMARY KEY,
    display_name   text        NOT NULL CHECK (display_name <> ''),
    is_system      boolean     NOT NULL DEFAULT false,
    state          text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'dropped')),
    strategy       text        NOT NULL,
    schema_name    text COLLATE "C" NOT NULL UNIQUE,
    role_name      text COLLATE "C" NULL UNIQUE,  -- NULL: the tenant has no role of its own
    ddl_digest     text        NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    suspended_at   timestamptz NULL,
    dropped_at     timestamptz NULL,
    CONSTRAINT tenant_system_id CHECK (is_system = starts_with(id, '$')),
    CONSTRAINT tenant_system_is_active CHECK (NOT is_system OR state = 'active'),
    CONSTRAINT tenant_has_ddl CHECK (is_system OR ddl_digest IS NOT NULL),
    CONSTRAINT tenant_suspended_at CHECK ((state = 'active') = (suspended_at IS NULL)),
    CONSTRAINT tenant_dropped_at CHECK ((state = 'dropped') = (dropped_at IS NOT NULL))
);
CREATE UNIQUE INDEX tenant_one_system ON {{system}}.tenant (is_system) WHERE is_system;

-- apply_ddl runs one file of the tenants' DDL. Inside a function the server refuses transaction control, so no DDL can
-- commit half a tenant; the caller has put the tenant's schema on the path.
CREATE FUNCTION {{system}}.apply_ddl(ddl text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $function$
BEGIN
    EXECUTE ddl;
END
$function$;

REVOKE ALL ON SCHEMA {{system}} FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {{system}} FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{system}} FROM PUBLIC;
-- pin decides, in the same round trip as the statement it guards, whether a tenant may be worked for. It returns the
-- role to run as ('none': stay the login role) or raises:
--   DX001 unknown or dropped tenant        DX003 the system tenant
--   DX002 suspended tenant                 DX004 the tenant's schema is not the expected one
-- No message names anything but the id that the caller asked for.
--
-- It runs with the administrator's rights, called by a session whose search_path is some tenant's, so it must not look
-- anything up there: hence the SET clause. Qualifying every name and operator instead is as safe and was measured: it
-- costs the same while the tenant stays the same and twice as much when the tenant changes, because plpgsql analyses and
-- plans a statement again whenever the search_path is not the one of last time (PostgreSQL 15, loopback, p10 of the whole
-- round trip: 44 against 46 us, 57 against 110 us; 31 and 40 us of it are there without any lookup).
CREATE FUNCTION {{system}}.pin(tenant_id text, expected_schema text) RETURNS TABLE (role_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
#variable_conflict use_column
BEGIN
    SELECT COALESCE(t.role_name, 'none') INTO pin.role_name
      FROM {{system}}.tenant AS t
     WHERE t.id = pin.tenant_id AND t.schema_name = pin.expected_schema AND t.state = 'active' AND NOT t.is_system;
    IF NOT FOUND THEN
        PERFORM {{system}}.refuse(pin.tenant_id);
    END IF;
    RETURN NEXT;
END
$function$;

-- refuse raises the reason why pin found no row. It is a function of its own so that the usual case plans nothing of it.
CREATE FUNCTION {{system}}.refuse(tenant_id text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    t {{system}}.tenant%ROWTYPE;
    shown text := left(refuse.tenant_id, 64);
BEGIN
    SELECT * INTO t FROM {{system}}.tenant AS r WHERE r.id = refuse.tenant_id;
    IF t.is_system THEN
        RAISE EXCEPTION USING ERRCODE = 'DX003', MESSAGE = 'docex: the system tenant runs no user statements';
    ELSIF t.state = 'suspended' THEN
        RAISE EXCEPTION 'docex: tenant "%" is suspended', shown USING ERRCODE = 'DX002';
    ELSIF t.state = 'active' THEN
        RAISE EXCEPTION 'docex: tenant "%" has another schema than expected', shown USING ERRCODE = 'DX004';
    END IF;
    RAISE EXCEPTION 'docex: tenant "%" is not provisioned', shown USING ERRCODE = 'DX001';
END
$function$;

REVOKE ALL ON FUNCTION {{system}}.pin(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION {{system}}.refuse(text) FROM PUBLIC;
