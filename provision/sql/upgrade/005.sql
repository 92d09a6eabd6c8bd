-- From version 4 to 5. Functions are not made here: Upgrade makes all of them anew from the folder system, and grants them.

-- Descriptions hold the order of columns now. The next tenant of a DDL is described anew, so that those after it have it.
UPDATE {{system}}.catalog SET ddl_digest = NULL;
