-- session_memory returns how many bytes the memory contexts of the calling session use, and how many they take. The driver
-- bounds with it how many tenants a session serves. Who owns it must be a superuser or a member of pg_read_all_stats
-- (PostgreSQL manual, 54.4 "pg_backend_memory_contexts"); otherwise it fails, and the driver does without.
CREATE FUNCTION {{system}}.session_memory() RETURNS TABLE (used bigint, total bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT sum(used_bytes)::bigint, sum(total_bytes)::bigint FROM pg_backend_memory_contexts';

REVOKE ALL ON FUNCTION {{system}}.session_memory() FROM PUBLIC;
