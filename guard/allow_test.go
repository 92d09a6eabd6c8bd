package guard_test

import "testing"

// TestAllow holds honest statements in the whole width of the grammar; none is in the corpus. Those without parameters
// were run on PostgreSQL 15 in the database of the corpus.
func TestAllow(t *testing.T) {
	v := verdicts(t, corpusPolicy)
	v.allow(`SELECT d.name FROM documents d ORDER BY 1 USING OPERATOR(pg_catalog.<)`)
	v.allow(
		`SELECT '1'::numeric(10,2), '1'::dec(5,2), 1::float(24), 'a'::national character(3), 'a'::character varying(5), ` +
			`b'1'::bit varying(5), now()::timestamp(3) with time zone, time '10:00', interval '1' year, interval '1-2' year ` +
			`to month, interval(3) '1 day'`)
	v.allow(`SELECT jsonb('{}'), uuid('00000000-0000-0000-0000-000000000000'), date('2020-01-01'), float8('1'), text(5)`)
	v.allow(
		`SELECT trim(both ' ' from name), trim(name), substring(name from 1 for 2), substring(name from 'a.c'), ` +
			`position('a' in name), overlay(name placing 'x' from 1 for 1), extract(year from created_at), normalize(name), ` +
			`created_at at time zone 'UTC', collation for (name), current_time(3), localtimestamp, localtime, ` +
			`current_catalog, user FROM documents`)
	v.allow(
		`SELECT (date '2020-01-01', date '2020-02-01') OVERLAPS (date '2020-01-15', date '2020-03-01'), 'a' LIKE 'b' ` +
			`ESCAPE '!', 'a' SIMILAR TO 'b', 'a' NOT SIMILAR TO 'b' ESCAPE 'x', 'a' IS NORMALIZED, 'a' IS NFC NORMALIZED, ` +
			`'<a/>'::xml IS NOT DOCUMENT`)
	v.allow(
		`SELECT (ARRAY[1,2,3])[1:2], (ARRAY[[1,2],[3,4]])[1][2], ARRAY[]::int[], GROUPING(status), count(*) FROM ` +
			`documents GROUP BY ROLLUP (status)`)
	v.allow(`SELECT name FROM documents ORDER BY id FETCH FIRST 5 ROWS WITH TIES`)
	v.allow(
		`WITH RECURSIVE t AS (SELECT id, parent_id FROM folders WHERE parent_id IS NULL UNION ALL SELECT f.id, ` +
			`f.parent_id FROM folders f JOIN t ON f.parent_id = t.id) SEARCH DEPTH FIRST BY id SET ord CYCLE id SET is_cycle ` +
			`USING path SELECT * FROM t`)
	v.allow(
		`WITH RECURSIVE t AS (SELECT id, parent_id FROM folders UNION ALL SELECT f.id, f.parent_id FROM folders f JOIN t ` +
			`ON f.parent_id = t.id) CYCLE id SET c TO 'y' DEFAULT 'n' USING p SELECT * FROM t`)
	v.allow(`UPDATE documents SET (name, price) = ROW('x', 1) WHERE id = 1`)
	v.allow(`UPDATE documents SET (name, price) = ('x', DEFAULT) WHERE id = 1`)
	v.allow(`MERGE INTO jobs j USING documents d ON j.id = d.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES`)
	v.allow(
		`MERGE INTO jobs j USING (SELECT 1 AS id) d ON j.id = d.id WHEN MATCHED AND j.state = 'x' THEN DO NOTHING WHEN ` +
			`NOT MATCHED THEN INSERT (id, state) OVERRIDING SYSTEM VALUE VALUES (d.id, 'x')`)
	v.allow(`DELETE FROM documents WHERE CURRENT OF c`)
	v.allow(`UPDATE documents SET name = 'x' WHERE CURRENT OF "My Cursor"`)
	v.allow(`SELECT * FROM documents TABLESAMPLE bernoulli (10) REPEATABLE (1)`)
	v.allow(`SELECT * FROM documents TABLESAMPLE pg_catalog.system (10)`)
	v.allow(`SELECT * FROM documents TABLESAMPLE tenant_acme.tenant_sampler (10)`)
	v.allow(
		`SELECT xmlroot(xmlparse(DOCUMENT '<a/>'), VERSION NO VALUE, STANDALONE YES), xmlpi(NAME php, 'x'), ` +
			`xmlconcat('<a/>'::xml, '<b/>'::xml)`)
	v.allow(
		`SELECT * FROM XMLTABLE('/r/a' PASSING '<r><a>1</a></r>' COLUMNS n FOR ORDINALITY, v int PATH '.' DEFAULT 0 NOT ` +
			`NULL) x`)
	v.allow(`SELECT * FROM ONLY (documents)`)
	v.allow(`SELECT sum(id) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM documents`)
	v.allow(`SELECT a.* FROM documents a FOR UPDATE OF a SKIP LOCKED`)
	v.allow(`SELECT a.id FROM documents a, ref.countries c WHERE c.code = 'DE' FOR UPDATE OF a`)
	v.allow(`SELECT * FROM (SELECT * FROM documents FOR UPDATE) x, ref.countries c`)
	v.allow(`WITH c AS (SELECT * FROM ref.countries) SELECT d.id FROM documents d, c FOR UPDATE OF d`)
	v.allow(
		`SELECT currval('doc_number_seq'), setval('doc_number_seq', 5, true), nextval('doc_number_seq'::text), ` +
			`nextval('"tenant_acme".doc_number_seq'::regclass), setval('tenant_acme.doc_number_seq'::pg_catalog.regclass, 10)`)
	v.allow(
		`SELECT setval(pg_get_serial_sequence('"documents"', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM ` +
			`documents`)
	v.allow(`SELECT currval(pg_catalog.pg_get_serial_sequence('tenant_acme.documents', $1))`)
	v.allow(
		`SELECT pg_get_serial_sequence('tenant_acme.documents', 'id'), pg_get_serial_sequence('"Weird Table"', 'Mixed Col')`)
	v.allow(
		`SELECT to_tsvector('pg_catalog.english', name), to_tsvector('english'::regconfig, name), ts_headline(name, ` +
			`plainto_tsquery('x'), 'MaxWords=3'), ts_headline($1::text, to_tsquery('english', $2)), to_tsvector(name), ` +
			`to_tsquery($1), to_tsvector('tenant_acme.tenant_cfg', body) FROM documents`)
	v.allow(
		`SELECT ts_headline('english', name, to_tsquery('simple', 'x')), ts_headline('english', body, q, 'MaxWords=3'), ` +
			`ts_rewrite('a & b'::tsquery, 'a'::tsquery, 'c'::tsquery), ts_lexize('english_stem', 'stars') FROM documents, ` +
			`to_tsquery('a') q`)
	v.allow(`SELECT age(now(), created_at), xmin, (xmax = 0) FROM documents`)
	v.allow(`SELECT age(created_at) FROM documents WHERE id = 1`)
	v.allow(
		`SELECT x.time_in, x.time_out, x.date_out, x.system, x.name, x.text, x.date, x.version, x.count, x.type FROM ` +
			`(SELECT 1 AS time_in, 2 AS time_out, 3 AS date_out, 4 AS system, 'x' AS name, 'y' AS text, 1 AS date, 2 AS ` +
			`version, 3 AS count, 4 AS type) x`)
	v.allow(`SELECT x.pg_class, x.pg_aggregate FROM (SELECT 1 AS pg_class, 2 AS pg_aggregate) x`)
	v.allow(`SELECT x.xmin::text FROM documents x`)
	v.allow(
		`SELECT (ROW(1, 2)).f1, (d).name, (d.*).id, ((SELECT d2 FROM documents d2 LIMIT 1)).name, (b.owner_addr).city ` +
			`FROM documents d, baskets b`)
	v.allow(`SELECT pg_catalog.now(), pg_catalog.substring('abc', 1, 2), pg_catalog.to_char(1, '9')`)
	v.allow(
		`SELECT format('%s-%I', 'a', 'b'), quote_ident('x'), concat_ws(',', 'a', 'b'), md5('x'), encode(sha256('x'), ` +
			`'hex'), left('abc', 2)`)
	v.allow(`SELECT * FROM json_each_text('{"a":1}'), LATERAL json_to_record('{"x":1}') AS r(x int, y text COLLATE "C")`)
	v.allow(`SELECT * FROM ROWS FROM (json_to_recordset('[{"a":1}]') AS (a int), generate_series(1,2)) AS z(a, b)`)
	v.allow(`SELECT * FROM current_user, coalesce(1, 2), CAST('2020-01-01' AS date) d`)
	v.allow(
		`SELECT JSON_OBJECTAGG('k': 1 WITH UNIQUE KEYS), JSON_ARRAYAGG(id ORDER BY id RETURNING jsonb), '{}' IS JSON ` +
			`OBJECT WITH UNIQUE KEYS FROM documents`)
	v.allow(`SELECT JSON_OBJECT('a': '{}' FORMAT JSON), JSON_ARRAY(1, 2 RETURNING text), JSON_OBJECT()`)
	v.allow(`BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE`)
	v.allow(`START TRANSACTION READ WRITE`)
	v.allow(`COMMIT WORK`)
	v.allow(`END TRANSACTION`)
	v.allow(`ABORT`)
	v.allow(`ROLLBACK TO sp1`)
	v.allow(`RELEASE sp1`)
	v.allow(`COMMIT AND NO CHAIN`)
	v.allow(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`)
	v.allow(`SET CONSTRAINTS documents_fk, tenant_acme.other IMMEDIATE`)
	v.allow(`SHOW TRANSACTION ISOLATION LEVEL`)
	v.allow(`SHOW server_version`)
	v.allow(`SHOW "Server_Version_Num"`)
	v.allow(`SHOW standard_conforming_strings`)
	v.allow(`DECLARE c NO SCROLL CURSOR WITHOUT HOLD FOR SELECT * FROM documents FOR UPDATE`)
	v.allow(`DECLARE c SCROLL CURSOR FOR VALUES (1)`)
	v.allow(`FETCH ALL IN c`)
	v.allow(`FETCH BACKWARD 2 FROM c`)
	v.allow(`MOVE FORWARD ALL IN "C"`)
	v.allow(`CLOSE "all"`)
	v.allow(`LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE NOWAIT`)
	v.allow(`LOCK TABLE ONLY tenant_acme.documents, baskets IN EXCLUSIVE MODE`)
	v.allow(`CALL tenant_acme.purge_all()`)
	v.allow(`CALL archive_old(p_days => 3)`)
	v.allow(`EXPLAIN (FORMAT JSON, BUFFERS, ANALYZE) INSERT INTO scratch SELECT 1, 'x'`)
	v.allow(`EXPLAIN ANALYZE VALUES (1)`)
	v.allow(`EXPLAIN MERGE INTO scratch s USING documents d ON s.k = d.id WHEN MATCHED THEN DELETE`)
	v.allow(`SELECT "d"."Mixed" FROM (SELECT 1 AS "Mixed") "d"`)
	v.allow(`SELECT tenant_acme.documents.name, ref.countries.code FROM tenant_acme.documents, ref.countries`)
	v.allow(
		`SELECT NULL::tenant_acme.documents, NULL::documents, NULL::_doc_status, NULL::doc_status[], ARRAY[]::address[], ` +
			`NULL::"char", '{}'::_text, '{}'::_int4, '1 2'::oidvector, 5::oid`)
	v.allow(`SELECT 'x'::varchar COLLATE "en_US", name COLLATE tenant_acme.tenant_coll FROM documents`)
	v.allow(`INSERT INTO counters VALUES ('docs', 1) ON CONFLICT (lower(name) text_ops) WHERE n > 0 DO NOTHING`)
	v.allow(
		`INSERT INTO counters VALUES ('docs', 1) ON CONFLICT (name COLLATE "C" pg_catalog.text_ops) DO UPDATE SET n = ` +
			`EXCLUDED.n`)
	v.allow(`INSERT INTO documents (name) SELECT name FROM documents ON CONFLICT DO NOTHING RETURNING *`)
	v.allow(`WITH RECURSIVE x AS (SELECT * FROM pg_class), pg_class AS (SELECT 1 AS a) SELECT * FROM x`)
	v.allow(
		`WITH pg_class AS (SELECT 1 AS a) SELECT (SELECT count(*) FROM pg_class), (SELECT max(a) FROM (SELECT a FROM ` +
			`pg_class UNION SELECT a FROM pg_class ORDER BY 1 LIMIT (SELECT a FROM pg_class)) q)`)
	v.allow(`WITH pg_class AS (VALUES (1)) VALUES ((SELECT count(*) FROM pg_class))`)
	v.allow(
		`WITH pg_class AS (SELECT 1 AS a) MERGE INTO scratch s USING pg_class p ON s.k = p.a WHEN MATCHED THEN UPDATE SET ` +
			`v = (SELECT a::text FROM pg_class)`)
	v.allow(
		`WITH pg_class AS (SELECT 1 AS a) UPDATE scratch SET k = p.a FROM pg_class p WHERE k = (SELECT a FROM pg_class) ` +
			`RETURNING (SELECT a FROM pg_class)`)
	v.allow(
		`WITH pg_class AS (SELECT 1 AS a) INSERT INTO counters SELECT 'x', a FROM pg_class ON CONFLICT (name) DO UPDATE ` +
			`SET n = (SELECT a FROM pg_class) RETURNING (SELECT a FROM pg_class)`)
	v.allow(
		`WITH pg_class AS (SELECT 1 AS a) (SELECT a FROM pg_class) UNION (WITH pg_type AS (SELECT 2 AS a) SELECT a FROM ` +
			`pg_type UNION SELECT a FROM pg_class)`)
	v.allow(
		`SELECT * FROM documents d WHERE EXISTS (WITH pg_class AS (SELECT d.id AS i) SELECT FROM pg_class WHERE i = 1)`)
	v.allow(
		`SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id), string_agg(name, ',' ORDER BY name) FILTER (WHERE id > ` +
			`0) FROM documents`)
	v.allow(`SELECT count(*) FROM documents HAVING bool_and(id > 0)`)
	v.allow(`SELECT $1 + 1, $2::text || 'x', ($3::jsonb)->'a', ($4::text[])[1]`)
	v.allow(
		`SELECT (body->'nested')->>'k', body @> '{"a":1}', body ? 'a', body ?| array['a'], body #- '{a}' FROM documents`)
	v.allow(`SELECT name ~* 'x', name !~ 'y', -id, @ -5, |/ 4, ||/ 8, 5 <> 4 FROM documents`)
	v.allow(
		`SELECT '{1,2}'::int[] @> ARRAY[1], 5 = ANY('{1,2}'::int[]), id OPERATOR(pg_catalog.+) 1, 1 ` +
			`OPERATOR(tenant_acme.@+) 2 FROM documents`)
	v.allow(
		`SELECT set_masklen('10.0.0.0/8', 16), broadcast('10.0.0.0/8'), lower(name), version(), txid.x FROM documents, ` +
			`(SELECT 1 AS x) txid`)
	v.allow(`SELECT * FROM generate_series(now(), now() + interval '1 day', interval '1 hour') WITH ORDINALITY AS g(t, n)`)
	v.allow(
		`SELECT date_bin('15 minutes', created_at, timestamp '2020-01-01'), date_part('year', created_at), ` +
			`make_timestamptz(2020,1,1,0,0,0), clock_timestamp(), statement_timestamp() FROM documents`)
	v.allow(`SELECT DISTINCT name FROM documents`)
	v.allow(`SELECT ALL name FROM documents`)
	v.allow(`INSERT INTO scratch (k, v) VALUES (DEFAULT, $1), ($2, NULL)`)
	v.allow(`INSERT INTO baskets (name, owner_addr.street, owner_addr.city) VALUES ('a', 'b', 'c')`)
	v.allow(`UPDATE documents SET tags[1:2] = '{a,b}', body['a']['b'] = '1'`)
	v.allow(`SELECT jsonb_populate_record(NULL::tenant_acme.address, '{}'), jsonb_to_record('{}') IS NULL`)
	v.allow(`SELECT ('{"a": 1}'::jsonb)['a'], (doc_count())`)
	v.allow(`SELECT (docs_in(1)).name, (docs_in(1)).*`)
	v.allow(`SELECT enum_range(NULL::doc_status), enum_first(NULL::doc_status), 'draft'::doc_status < 'active'`)
	v.allow(`SELECT u.id FROM documents u WHERE (u.id, u.name) = (1, 'x') OR (u.id, u.name) IN (SELECT 1, 'x')`)
	v.allow(
		`SELECT gen_random_uuid(), random(), width_bucket(1, 0, 10, 5), to_json(now()), row_to_json(ROW(1)), ` +
			`array_to_json('{1}'::int[])`)
	v.allow(`/* sqlcommenter */ SELECT 1 -- trailing`)
	v.allow(
		"WITH /* the newest */ d AS (SELECT 1) SELECT * FROM d WHERE 1 NOT -- é\n IN (2) AND 'a' NOT /* x */ LIKE " +
			"U&'!0062' /* y */ UESCAPE '!' ORDER BY 1 NULLS /* /* nested */ é */ FIRST")
	v.allow(`/*+ SeqScan(d) Leading((d b)) */ UPDATE documents d SET (name, label) = ROW('x', 'y')`)
	v.allow(
		`SELECT '$5 off', "a$1", 'a\b', E'\\d$1', $$ $1 $$, $tag$ $2 $tag$ FROM documents WHERE name ~ '^\d+$' AND id = $1`)
	v.allow(`SELECT regexp_replace(name, E'(\\w+)', '\1 $2') /* costs $1 */ FROM documents -- $3`)
	v.allow(`SELECT v$session, DATE'2020-01-01' FROM (SELECT 1 AS v$session) x WHERE 1 = $1`)
	v.allow(`SELECT tenant_acme.citus_notes.x, u.age, u.role, u.size FROM tenant_acme.citus_notes, users u`)
	v.allow(`SELECT uuidv7()`)
	v.allow(`SELECT CURRENT_DATE - 1, CURRENT_TIMESTAMP(0), SESSION_USER, CURRENT_ROLE`)
	v.allow(
		`SELECT ts_headline(body, to_tsquery('x'), 'MaxWords=3'), ts_headline(name::text, q, 'MaxWords=3'), ` +
			`ts_headline('english', name, q), ts_headline('a b', 'a'::tsquery, 'MaxWords=3'), ts_headline(name, q), ` +
			`ts_headline(name || ' x', pg_catalog.plainto_tsquery('x'), 'a=b') FROM documents, to_tsquery('x') q`)
}
