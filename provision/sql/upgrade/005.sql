-- From version 4 to 5. Functions are not made here: Upgrade makes all of them anew from the folder system, and grants them.

-- Descriptions hold the order of columns now, and partitions no more. The next tenant of a DDL is described anew, and those after it
-- are held against that.
UPDATE {{system}}.catalog SET ddl_digest = NULL;

-- The audit log tells what was cut off from what failed.
ALTER TABLE {{system}}.audit DROP CONSTRAINT audit_outcome_check;
ALTER TABLE {{system}}.audit ADD CONSTRAINT audit_outcome_check
    CHECK (outcome IN ('done', 'refused', 'failed', 'interrupted'));
-- Which Rehome is under way.
ALTER TABLE {{system}}.installation ADD COLUMN rehomed_from text NULL;

-- More logins of the application than one.
ALTER TABLE {{system}}.installation ADD COLUMN login_role text NULL, ADD COLUMN logins text[] NOT NULL DEFAULT '{}';

-- The texts of DDLs are kept from now on. A label that several DDLs have goes on to mean the first of them: Create wants
-- another one for the others.
CREATE TABLE {{system}}.ddl (
    digest         text        NOT NULL,
    version        text        NOT NULL,
    names          text[]      NULL,
    texts          text[]      NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (digest, version),
    CONSTRAINT ddl_whole CHECK ((names IS NULL) = (texts IS NULL) AND cardinality(names) = cardinality(texts))
);
CREATE UNIQUE INDEX ddl_version ON {{system}}.ddl (version) WHERE version <> '';
REVOKE ALL ON TABLE {{system}}.ddl FROM PUBLIC;
INSERT INTO {{system}}.ddl (digest, version)
SELECT DISTINCT ON (ddl_version) ddl_digest, ddl_version FROM {{system}}.tenant
 WHERE ddl_version <> '' AND ddl_digest IS NOT NULL ORDER BY ddl_version, created_at, id;

-- What UpgradeTenants still has to do in a tenant: its DDL-to-be, the digest of the script's second part, and how many of
-- its statements are done.
ALTER TABLE {{system}}.tenant
    ADD next_digest text NULL,
    ADD next_script text NULL,
    ADD next_done integer NULL,
    ADD CONSTRAINT tenant_next CHECK ((next_digest IS NULL) = (next_script IS NULL) AND (next_digest IS NULL) = (next_done IS NULL));
