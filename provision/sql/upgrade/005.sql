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
