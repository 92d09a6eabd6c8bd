-- One row per shape of a tenant's schema: what Verify compares with. All tenants of one DDL share a row.
CREATE TABLE {{system}}.catalog (
    digest         text        PRIMARY KEY,    -- of the description
    ddl_digest     text        NULL UNIQUE,    -- the DDL that makes it; NULL: it was recorded by Reseal
    description    text        NOT NULL,       -- lines, sorted byte by byte
    created_at     timestamptz NOT NULL DEFAULT now()
);
REVOKE ALL ON TABLE {{system}}.catalog FROM PUBLIC;
