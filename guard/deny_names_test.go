package guard_test

import (
	"testing"

	"github.com/docex/docex/guard"
)

// TestDenyNames holds statements that name what is outside the tenant, in every place of the grammar; none is in the
// corpus.
func TestDenyNames(t *testing.T) {
	v := verdicts(t, corpusPolicy)

	v.rule = guard.RuleSchema
	v.deny(`SELECT '1'::numeric((SELECT count(*) FROM tenant_globex.documents))`)
	v.deny(`INSERT INTO counters VALUES ('docs', 1) ON CONFLICT (name tenant_globex.name_ops_t) DO NOTHING`)
	v.deny(`SELECT ref.some_function()`)
	v.deny(`SELECT public.some_function()`)
	v.deny(`SELECT ref.some_operator_less(1) OPERATOR(ref.+) 1`)
	v.deny(`SELECT name COLLATE "pg_temp"."x" FROM documents`)
	v.deny(`LOCK TABLE documents, tenant_globex.documents IN SHARE MODE`)
	v.deny(`SET CONSTRAINTS tenant_globex.fk DEFERRED`)
	v.deny(`SET CONSTRAINTS ref.fk DEFERRED`)
	v.deny(`SELECT documents.name.regclass FROM documents`)
	v.deny(`INSERT INTO scratch (k) VALUES (1) RETURNING scratch.v.nextval`)
	v.deny(`SELECT tenant_globex.documents.id FROM documents`)
	v.deny(`SELECT * FROM pg_toast.pg_toast_1234`)
	v.deny(`SELECT * FROM pg_temp.documents`)
	v.deny(`SELECT * FROM pg_temp_3.documents`)
	v.deny(`SELECT 'x'::pg_temp.t`)
	v.deny(`SELECT pg_temp.f()`)
	v.deny(`SELECT * FROM "tenant_acme ".documents`)
	v.deny(`SELECT * FROM TENANT_ACME.documents, "Tenant_acme".documents`)
	v.deny(`SELECT * FROM "TENANT_ACME".documents`)
	v.deny(`SELECT * FROM documents WINDOW w AS (ORDER BY (SELECT 1 FROM tenant_globex.documents))`)
	v.deny(`SELECT xmlserialize(DOCUMENT '<a/>' AS tenant_globex.t)`)
	v.deny(`SELECT JSON_ARRAYAGG(id RETURNING tenant_globex.t) FROM documents`)
	v.deny(`SELECT * FROM documents TABLESAMPLE public.system_rows (10)`)
	v.deny(`TABLE tenant_globex.documents`)
	v.deny(`SELECT * FROM documents, LATERAL (SELECT * FROM tenant_globex.documents) x`)
	v.deny(`SELECT * FROM documents JOIN documents d2 ON d2.id = (SELECT 1 FROM tenant_globex.documents)`)
	v.deny(`VALUES (1), ((SELECT 1 FROM tenant_globex.documents))`)
	v.deny(`SELECT CASE (SELECT 1 FROM tenant_globex.documents) WHEN 1 THEN 2 END`)
	v.deny(`SELECT CASE 1 WHEN (SELECT 1 FROM tenant_globex.documents) THEN 2 END`)
	v.deny(
		`SELECT (SELECT 1 FROM tenant_globex.documents) BETWEEN 1 AND 2, 1 BETWEEN SYMMETRIC 1 AND (SELECT 1 FROM ` +
			`tenant_globex.documents)`)
	v.deny(`SELECT x[1:(SELECT 1 FROM tenant_globex.documents)] FROM (SELECT ARRAY[1] AS x) q`)
	v.deny(`SELECT ((SELECT d FROM tenant_globex.documents d)).*`)
	v.deny(`SELECT 1 ORDER BY 1 USING OPERATOR(tenant_globex.<)`)
	v.deny(`SELECT ROW(1) OPERATOR(tenant_globex.=) ANY (SELECT 1)`)
	v.deny(`SELECT GREATEST(1, (SELECT 1 FROM tenant_globex.documents))`)
	v.deny(`SELECT current_timestamp AT TIME ZONE (SELECT name FROM tenant_globex.documents)`)
	v.deny(
		`MERGE INTO scratch s USING documents d ON true WHEN NOT MATCHED THEN INSERT VALUES ((SELECT 1 FROM ` +
			`tenant_globex.documents), 'x')`)
	v.deny(`DELETE FROM scratch USING (VALUES ((SELECT 1 FROM tenant_globex.documents))) v`)
	v.deny(`SELECT lower(VARIADIC 'x') FROM public.t`)
	v.deny(`SELECT E'\\' || (SELECT max(name) FROM tenant_globex.documents)`)
	v.deny(`WITH u AS (UPDATE tenant_globex.scratch SET (k, v) = (1, 'x')) SELECT 1`)

	v.rule = guard.RuleDatabaseName
	v.deny(`SELECT NULL::corpus.tenant_acme.documents`)
	v.deny(`SELECT corpus.tenant_acme.doc_count()`)
	v.deny(`SELECT corpus.tenant_acme.documents.id FROM documents`)

	v.rule = guard.RuleSystemCatalog
	v.deny(`SELECT '(x)'::pg_aggregate`)
	v.deny(`SELECT '{}'::_pg_class`)
	v.deny(`LOCK pg_class IN SHARE MODE`)
	v.deny(`SELECT information_schema.tables.table_name FROM documents`)
	v.deny(`SELECT * FROM information_schema.columns`)
	v.deny(`SELECT * FROM tenant_acme.pg_attribute`)
	v.deny(`INSERT INTO pg_settings VALUES (1)`)
	v.deny(`DELETE FROM tenant_acme.pg_class`)
	v.deny(`WITH pg_class AS (SELECT 1) SELECT * FROM pg_class, (SELECT * FROM pg_type) t`)
	v.deny(`WITH pg_class AS (SELECT * FROM pg_class) SELECT * FROM pg_class`)
	v.deny(`WITH a AS (SELECT * FROM pg_class), pg_class AS (SELECT 1) SELECT * FROM a`)
	v.deny(`WITH pg_class AS (SELECT 1 AS k) UPDATE pg_class SET relname = 'x'`)
	v.deny(`WITH pg_class AS (SELECT 1 AS k) DELETE FROM pg_class`)
	v.deny(`WITH pg_class AS (SELECT 1 AS k) MERGE INTO pg_class USING documents ON true WHEN MATCHED THEN DELETE`)
	v.deny(`WITH "Pg_class" AS (SELECT 1) SELECT * FROM pg_class`)
	v.deny(`SELECT * FROM documents pg_class JOIN pg_class x ON true`)
	v.deny(`SELECT (WITH pg_class AS (SELECT 1) SELECT 1), (SELECT 1 FROM pg_class)`)
	v.deny(`(WITH pg_class AS (SELECT 1 AS a) SELECT a FROM pg_class) UNION SELECT 1 FROM pg_class`)
	v.deny(
		`INSERT INTO scratch WITH pg_class AS (SELECT 1 AS a, 'x') SELECT * FROM pg_class RETURNING (SELECT count(*) FROM ` +
			`pg_class)`)
	v.deny(
		`SELECT * FROM documents WHERE id IN (WITH pg_class AS (SELECT 1 AS a) SELECT a FROM pg_class) ORDER BY (SELECT 1 ` +
			`FROM pg_class)`)
	v.deny(`WITH x AS (SELECT 1) SELECT 1 LIMIT (SELECT count(*) FROM pg_class)`)
	v.deny(`SELECT JSON_ARRAY(SELECT relname FROM pg_class)`)
	v.deny(`TABLE pg_class`)

	v.rule = guard.RuleSharedWrite
	v.deny(`LOCK ref.countries IN SHARE MODE`)
	v.deny(`SELECT * FROM ref.countries c FOR SHARE`)
	v.deny(`SELECT * FROM documents d, ref.countries c FOR UPDATE OF c`)
	v.deny(`SELECT * FROM documents d, (SELECT * FROM ref.countries) c FOR UPDATE OF c`)
	v.deny(`SELECT * FROM documents d, (SELECT * FROM (SELECT * FROM ref.countries) y) c FOR UPDATE`)
	v.deny(`SELECT * FROM documents d JOIN ref.countries c ON true FOR NO KEY UPDATE`)
	v.deny(`SELECT * FROM documents d, ref.countries TABLESAMPLE system (10) FOR UPDATE`)
	v.deny(`WITH x AS (SELECT * FROM ref.countries FOR UPDATE) SELECT * FROM x`)

	v.rule = guard.RuleType
	v.deny(`SELECT pg_catalog._regclass '{tenant_globex.documents}'`)
	v.deny(`SELECT '{x}'::pg_catalog._aclitem`)
	v.deny(`SELECT nextval('doc_number_seq'::text::regclass)`)
	v.deny(`SELECT tenant_acme.nextval('doc_number_seq'::regclass)`)
	v.deny(`SELECT lower('documents'::regclass)`)
	v.deny(`SELECT to_tsquery($1::regconfig, 'x')`)
	v.deny(`SELECT ARRAY['doc_number_seq'::regclass, '990001']`)
	v.deny(`SELECT 'x'::regdatabase, 'x'::cstring`)
	v.deny(`SELECT 'x'::unknown`)
	v.deny(`SELECT NULL::record`)
	v.deny(`SELECT NULL::anyelement`)
	v.deny(`SELECT NULL::pg_node_tree`)
	v.deny(`SELECT JSON_OBJECT('a': 1 RETURNING regclass)`)

	v.rule = guard.RuleFieldCall
	v.deny(`SELECT x._pg_aggregate FROM (SELECT ''::text AS y) x`)
	v.deny(`SELECT ('{}')._pg_type`)
	v.deny(`SELECT ('()').pg_type`)
	v.deny(`SELECT ('{990004}'::text)._regtype`)
	v.deny(`SELECT x._regclass FROM unnest(ARRAY['{tenant_globex.documents}']) x`)
	v.deny(`SELECT x.pg_new_function_of_pg_19 FROM unnest(ARRAY['x']) x`)
	v.deny(`SELECT (1).abs, ('x').lower`)
	v.deny(`SELECT ($1).anything`)
	v.deny(`SELECT ('x'::text).short_name`)
	v.deny(`SELECT (1::pg_catalog.int4).regclass`)
	v.deny(`SELECT (documents.name).regtype FROM documents`)
	v.deny(`SELECT (d).name.regclass FROM documents d`)
	v.deny(`SELECT x.current_setting FROM unnest(ARRAY['x']) x`)
	v.deny(`UPDATE scratch SET v = x.current_setting FROM unnest(ARRAY['search_path']) x`)
	v.deny(`SELECT x.to_regclass FROM unnest(ARRAY['x']) x`)
	v.deny(`SELECT x.pg_typeof FROM documents x`)
	v.deny(`SELECT (tags[1]).nextval FROM documents`)

	// (text).textout is a cstring, the argument of the input functions.
	v.deny(`SELECT ((q.t).textout).regclassin FROM (SELECT 'tenant_globex.documents'::text AS t) q`)
	v.deny(`SELECT (q.textout).regnamespacein FROM unnest(ARRAY['990001']) q`)
	v.deny(`SELECT (q.textout).regrolein FROM unnest(ARRAY['10']) q`)
	v.deny(`SELECT (q.textout).aclitemin FROM unnest(ARRAY['x=r/x']) q`)

	// What extensions put into pg_catalog or onto the search_path.
	v.deny(`SELECT x.run_command_on_workers FROM unnest(ARRAY['DROP SCHEMA tenant_globex']) x`)
	v.deny(`SELECT (name).run_command_on_all_nodes FROM documents`)
	v.deny(`SELECT (d.name).citus_new_function FROM documents d`)
	v.deny(`SELECT x._citus_tables FROM unnest(ARRAY['{}']) x`)
	v.deny(`SELECT x.dblink_connect FROM unnest(ARRAY['host=x']) x`)
	v.deny(`SELECT x.crosstab2 FROM unnest(ARRAY['SELECT 1']) x`)
	v.deny(`SELECT (0.5::real + 0).set_limit FROM documents`)

	v.rule = guard.RuleSystemCatalog
	v.deny(`SELECT * FROM citus_tables`)
	v.deny(`SELECT query FROM documents, citus_stat_activity`)
	v.deny(`TABLE time_partitions`)
	v.deny(`SELECT f_table_schema FROM geometry_columns`)
	v.deny(`SELECT '(tenant_globex.documents)'::citus_tables`)
	v.deny(`SELECT NULL::citus_shards[]`)
	v.deny(`UPDATE citus_schemas SET schema_name = 'x'`)
}
