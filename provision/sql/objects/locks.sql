-- How many objects go when schema $1 does, which is how many locks its DROP holds at once; and how many locks the server's
-- table has room for at least (PostgreSQL manual, 20.12, max_locks_per_transaction).
WITH RECURSIVE gone (classid, objid) AS (
    SELECT 'pg_namespace'::regclass::oid, oid FROM pg_namespace WHERE nspname = $1::text
    UNION
    SELECT d.classid, d.objid FROM gone AS g JOIN pg_depend AS d ON d.refclassid = g.classid AND d.refobjid = g.objid
)
SELECT (SELECT count(*) FROM gone),
       current_setting('max_locks_per_transaction')::bigint
       * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint)
