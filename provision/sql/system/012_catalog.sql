-- One row per shape of a tenant's schema: what Verify compares with. All tenants of one DDL share a row.
CREATE TABLE {{system}}.catalog (
    digest         text        NOT NULL,       -- of the description
    ddl_digest     text        NULL,           -- the DDL that makes it; NULL: it was recorded by Reseal
    server         integer     NOT NULL,       -- major version: they do not print all definitions alike
    description    text        NOT NULL,       -- lines, sorted byte by byte
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT catalog_of_ddl UNIQUE (ddl_digest, server)
);
CREATE INDEX catalog_digest ON {{system}}.catalog (digest);
REVOKE ALL ON TABLE {{system}}.catalog FROM PUBLIC;
