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
    distribution   text        NOT NULL DEFAULT 'local' CHECK (distribution IN ('local', 'citus')),
    app_role       text        NOT NULL CHECK (app_role <> ''),
    shared_role    text        NULL,           -- NULL: no role per tenant
    created_at     timestamptz NOT NULL DEFAULT now(),
    secret         uuid        NOT NULL DEFAULT gen_random_uuid(),
    login_role     text        NULL,           -- may take on the tenants' roles, for all logins; NULL: app_role may
    logins         text[]      NOT NULL DEFAULT '{}', -- besides app_role
    rehomed_from   text        NULL            -- the shared role that Rehome has not yet taken all tenants from
);
COMMENT ON COLUMN {{system}}.installation.secret IS 'part of the keys of tenants'' locks and channels, for own_name alone';
COMMENT ON COLUMN {{system}}.installation.id IS 'part of every role name, since roles belong to the whole server';
COMMENT ON COLUMN {{system}}.installation.version IS 'of the system schema';

-- One row per tenant that ever was. A dropped one stays as a tombstone, so that its id is not given out again.
CREATE TABLE {{system}}.tenant (
    id             text COLLATE "C" PRIMARY KEY,
    display_name   text        NOT NULL CHECK (display_name <> ''),
    is_system      boolean     NOT NULL DEFAULT false,
    state          text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'dropping', 'dropped')),
    strategy       text        NOT NULL,
    schema_name    text COLLATE "C" NOT NULL UNIQUE,
    role_name      text COLLATE "C" NULL UNIQUE,  -- NULL: the tenant has no role of its own
    ddl_digest     text        NULL,
    ddl_version    text        NOT NULL DEFAULT '',  -- the administrator's own label
    created_at     timestamptz NOT NULL DEFAULT now(),
    suspended_at   timestamptz NULL,
    dropped_at     timestamptz NULL,
    catalog_digest text        NULL,              -- of the schema's description; NULL: it was never described
    next_digest    text        NULL,              -- of the DDL that an upgrade leads to whose second part is not done yet
    next_script    text        NULL,              -- the digest of the second part
    next_done      integer     NULL,              -- how many of its statements are done
    CONSTRAINT tenant_system_id CHECK (is_system = starts_with(id, '$')),
    CONSTRAINT tenant_system_is_active CHECK (NOT is_system OR state = 'active'),
    CONSTRAINT tenant_has_ddl CHECK (is_system OR ddl_digest IS NOT NULL),
    CONSTRAINT tenant_next CHECK ((next_digest IS NULL) = (next_script IS NULL)
        AND (next_digest IS NULL) = (next_done IS NULL)),
    CONSTRAINT tenant_suspended_at CHECK ((state = 'active') = (suspended_at IS NULL)),
    CONSTRAINT tenant_dropped_at CHECK ((state = 'dropped') = (dropped_at IS NOT NULL))
);
CREATE UNIQUE INDEX tenant_one_system ON {{system}}.tenant (is_system) WHERE is_system;

-- Roles that are made and granted and belong to no tenant yet.
CREATE TABLE {{system}}.reserve (
    role_name      text COLLATE "C" PRIMARY KEY
);

REVOKE ALL ON SCHEMA {{system}} FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {{system}} FROM PUBLIC;
