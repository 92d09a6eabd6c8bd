-- The texts that tenants were made from, so that a schema of any of them can be made again; and which DDL a label means.
-- Create writes a row when it meets a DDL or a label for the first time.
CREATE TABLE {{system}}.ddl (
    digest         text        NOT NULL,
    version        text        NOT NULL,       -- the administrator's label; '': none
    names          text[]      NULL,           -- of the files, in their order; NULL: an older docex kept no texts
    texts          text[]      NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (digest, version),
    CONSTRAINT ddl_whole CHECK ((names IS NULL) = (texts IS NULL) AND cardinality(names) = cardinality(texts))
);
CREATE UNIQUE INDEX ddl_version ON {{system}}.ddl (version) WHERE version <> '';
REVOKE ALL ON TABLE {{system}}.ddl FROM PUBLIC;
