-- From version 1 to 2: the distribution, which was local, the audit log, descriptions of the tenants' schemas, and a state for drops that take several
-- transactions. Functions are not made here: Upgrade makes all of them anew from the folder system.
ALTER TABLE {{system}}.installation
    ADD COLUMN distribution text NOT NULL DEFAULT 'local' CHECK (distribution IN ('local', 'citus'));

ALTER TABLE {{system}}.tenant
    ADD COLUMN ddl_version text NOT NULL DEFAULT '',
    ADD COLUMN catalog_digest text NULL,
    DROP CONSTRAINT tenant_state_check,
    ADD CONSTRAINT tenant_state_check CHECK (state IN ('active', 'suspended', 'dropping', 'dropped'));

CREATE TABLE {{system}}.audit (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    login_role     text        NOT NULL DEFAULT session_user,
    actor          text        NOT NULL,
    action         text        NOT NULL CHECK (action <> ''),
    tenant_id      text COLLATE "C" NOT NULL,
    outcome        text        NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
    detail         text        NOT NULL
);
CREATE INDEX audit_tenant ON {{system}}.audit (tenant_id, id);
REVOKE ALL ON TABLE {{system}}.audit FROM PUBLIC;

CREATE TABLE {{system}}.catalog (
    digest         text        NOT NULL,
    ddl_digest     text        NULL,
    server         integer     NOT NULL,
    description    text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT catalog_of_ddl UNIQUE (ddl_digest, server)
);
CREATE INDEX catalog_digest ON {{system}}.catalog (digest);
REVOKE ALL ON TABLE {{system}}.catalog FROM PUBLIC;
