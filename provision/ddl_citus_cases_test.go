package provision

// citusCase is a DDL with what the rules say of it, and what a cluster says: TestCitusAgrees runs each.
type citusCase struct {
	refused, warned string // rules
	ddl             string
	fails           string // what fails when a tenant uses it; where there is none and a rule is broken, it cannot be made
	works           string // what works when a tenant uses it
}

const (
	triggerFunction = `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; `
	readingFunction = `CREATE TABLE u (id int); CREATE FUNCTION n(i int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS ` +
		`'BEGIN RETURN NOT EXISTS (SELECT FROM u WHERE id = i); END'; `
	ownOperator = `CREATE FUNCTION eq(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a = b'; ` +
		`CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = eq); `
	ownRangeType = `CREATE TYPE rg AS RANGE (SUBTYPE = int, MULTIRANGE_TYPE_NAME = mr); `
	tableWithRow = `CREATE TABLE t (id int, o text DEFAULT 'u1'); INSERT INTO t VALUES (1); `
)

var citusCases = []citusCase{
	// triggers
	{refused: "citus-trigger", ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`},
	{refused: "citus-trigger", ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()`},
	{refused: "citus-trigger", ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE CONSTRAINT TRIGGER x AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()`},
	{refused: "citus-trigger", ddl: triggerFunction + `CREATE TABLE t (id int) PARTITION BY RANGE (id);
		CREATE TABLE t1 PARTITION OF t DEFAULT; CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`},
	{refused: "citus-trigger", ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t DISABLE TRIGGER x`},
	{refused: "citus-trigger", ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
		CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); DROP TRIGGER x ON t`},
	{ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t RENAME TO s;
		ALTER TRIGGER x ON s RENAME TO y; DROP TRIGGER y ON s`, works: `INSERT INTO s VALUES (1)`},
	{ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); DROP FUNCTION f() CASCADE`},
	{ddl: triggerFunction + `CREATE TABLE t (id int);
		CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); DROP TABLE t`},
	{ddl: `CREATE TABLE t (id int); CREATE VIEW v AS SELECT * FROM t; CREATE FUNCTION f() RETURNS trigger
		LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (NEW.id); RETURN NEW; END';
		CREATE TRIGGER x INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()`, works: `INSERT INTO v VALUES (1)`},

	// inheritance and partitions
	{refused: "citus-table", ddl: `CREATE TABLE a (id int); CREATE TABLE b () INHERITS (a)`},
	{refused: "citus-table", ddl: `CREATE TABLE a (id int); CREATE TABLE b (id int); ALTER TABLE b INHERIT a`},
	{ddl: `CREATE TABLE a (id int); CREATE TABLE b () INHERITS (a); ALTER TABLE b NO INHERIT a`},
	{ddl: `CREATE TABLE a (id int); CREATE TABLE b () INHERITS (a); DROP TABLE a CASCADE`},
	{refused: "citus-table", ddl: `CREATE TABLE a (id int, k int) PARTITION BY RANGE (id);
		CREATE TABLE b PARTITION OF a DEFAULT PARTITION BY RANGE (k)`},
	{refused: "citus-table", ddl: `CREATE TABLE a (id int, k int) PARTITION BY RANGE (id);
		CREATE TABLE b (id int, k int) PARTITION BY RANGE (k); ALTER TABLE a ATTACH PARTITION b DEFAULT`},
	{ddl: `CREATE TABLE a (id int, k int) PARTITION BY RANGE (id);
		CREATE TABLE b (id int, k int) PARTITION BY RANGE (k); ALTER TABLE a ATTACH PARTITION b DEFAULT;
		ALTER TABLE a DETACH PARTITION b`},
	{ddl: `CREATE TABLE a (id int PRIMARY KEY) PARTITION BY HASH (id);
		CREATE TABLE a0 PARTITION OF a FOR VALUES WITH (MODULUS 1, REMAINDER 0); CREATE TABLE b (a int REFERENCES a);
		CREATE INDEX ON a (id)`, works: `INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)`},

	// names
	{refused: "citus-function", ddl: `CREATE FUNCTION "Twice"(n int) RETURNS int IMMUTABLE RETURN n * 2`},
	{refused: "citus-function", ddl: `CREATE PROCEDURE "do it"() LANGUAGE sql AS 'SELECT 1'`},
	{refused: "citus-function", ddl: `CREATE AGGREGATE "1st"(bigint) (SFUNC = int8pl, STYPE = bigint)`},
	{ddl: `CREATE TABLE t (id int); CREATE FUNCTION "left"(n int) RETURNS int IMMUTABLE RETURN n * 2;
		CREATE FUNCTION "é$1"(n int) RETURNS int IMMUTABLE RETURN n * 2`, works: `SELECT é$1(id) FROM t`},

	// row security
	{refused: "citus-policy", ddl: `CREATE TABLE a (id int); CREATE TABLE t (id int);
		CREATE POLICY p ON t USING (id IN (SELECT id FROM a))`},
	{refused: "citus-policy", ddl: `CREATE TABLE t (o text); CREATE POLICY p ON t WITH CHECK (o = (SELECT current_user))`},
	{refused: "citus-policy", ddl: `CREATE TABLE t (id int); CREATE POLICY p ON t USING (true);
		ALTER POLICY p ON t USING (id IN (SELECT 1))`},
	{ddl: `CREATE TABLE t (id int); CREATE POLICY p ON t USING (id IN (SELECT 1)); ALTER POLICY p ON t USING (true)`},
	{ddl: `CREATE TABLE t (id int); CREATE POLICY p ON t USING (id IN (SELECT 1)); DROP POLICY p ON t`},
	{refused: "citus-policy", ddl: `CREATE TABLE t (o text); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON t USING (o = current_setting('docex.user_id'))`, fails: `SELECT * FROM t`},
	{refused: "citus-policy", ddl: `CREATE TABLE t (o text); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON t USING (o = current_setting('docex.user_id', true))`, fails: `INSERT INTO t VALUES ('u1')`},
	{refused: "citus-policy", warned: "citus-function", ddl: `CREATE TABLE t (o text);
		CREATE FUNCTION me() RETURNS text STABLE RETURN current_setting('docex.user_id', true);
		ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (o = me())`,
		fails: `INSERT INTO t VALUES ('u1')`},
	{refused: "citus-policy", warned: "citus-function", ddl: readingFunction + `CREATE TABLE t (id int);
		ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (n(id))`, fails: `INSERT INTO t VALUES (1)`},
	{ddl: `CREATE TABLE t (o text); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON t USING (o = current_user)`, works: `INSERT INTO t VALUES (current_user); SELECT * FROM t`},

	// what is computed for rows
	{refused: "citus-function", warned: "citus-function", ddl: readingFunction + `CREATE TABLE t (id int CHECK (n(id)))`,
		fails: `INSERT INTO t VALUES (1)`},
	{refused: "citus-function", warned: "citus-function", ddl: readingFunction + `CREATE TABLE t (id int,
		g boolean GENERATED ALWAYS AS (n(id)) STORED)`, fails: `INSERT INTO t VALUES (1)`},
	{refused: "citus-function", warned: "citus-function", ddl: readingFunction + `CREATE TABLE t (id int);
		CREATE INDEX ON t (n(id))`, fails: `INSERT INTO t VALUES (1)`},
	{refused: "citus-function", warned: "citus-function", ddl: `CREATE TABLE u (id int);
		CREATE FUNCTION n(i int) RETURNS boolean BEGIN ATOMIC SELECT EXISTS (SELECT FROM u); END;
		CREATE TABLE t (id int CHECK (n(id)))`},
	{refused: "citus-function", warned: "citus-function", ddl: `CREATE FUNCTION m(i int) RETURNS boolean LANGUAGE sql
		IMMUTABLE AS 'SELECT i > 0'; CREATE FUNCTION n(i int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT m(i)';
		CREATE TABLE t (id int CHECK (n(id)))`, fails: `INSERT INTO t VALUES (1)`},
	{refused: "citus-function", warned: "citus-function", ddl: `CREATE TYPE e AS ENUM ('a', 'b');
		CREATE FUNCTION n(i int) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN 'a'::e < 'b'; END$$;
		CREATE TABLE t (id int CHECK (n(id)))`, fails: `INSERT INTO t VALUES (1)`},
	{refused: "citus-setting", ddl: `CREATE TABLE t (o text CHECK (o = current_setting('docex.user_id')))`,
		fails: `INSERT INTO t VALUES ('u1')`},
	{ddl: `CREATE FUNCTION m(i int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT i > 0';
		CREATE FUNCTION n(i int) RETURNS boolean IMMUTABLE RETURN m(i); CREATE TABLE t (id int CHECK (n(id)),
		g boolean GENERATED ALWAYS AS (n(id)) STORED, d boolean DEFAULT n(1)); CREATE INDEX ON t (n(id));
		CREATE POLICY p ON t USING (n(id)); ALTER TABLE t ENABLE ROW LEVEL SECURITY`,
		works: `INSERT INTO t VALUES (1); SELECT * FROM t`},
	{warned: "citus-function", ddl: `CREATE TABLE u (id int); CREATE FUNCTION n() RETURNS bigint LANGUAGE sql AS
		'SELECT count(*) FROM u'; CREATE TABLE t (id bigint DEFAULT n(), x int)`,
		fails: `INSERT INTO t (x) SELECT id FROM u`, works: `INSERT INTO t (x) VALUES (1)`},
	{ddl: `CREATE TABLE t (id int, o text DEFAULT current_setting('docex.user_id'))`,
		works: `INSERT INTO t VALUES (1); SELECT * FROM t WHERE o = 'u1'`},

	// types
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (r rg)`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (r mr)`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (r rg[])`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TYPE c AS (r rg); CREATE DOMAIN d AS c; CREATE TABLE t (r d)`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (id int CHECK (id <@ rg(1, 3)))`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (id int); CREATE INDEX ON t (rg(id, id + 1))`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (id int DEFAULT lower(rg(1, 2)))`},
	{refused: "citus-type", ddl: ownRangeType + `CREATE TABLE t (id int); CREATE VIEW v AS SELECT rg(id, id) FROM t`},
	{warned: "citus-function", ddl: ownRangeType + tableWithRow + `CREATE FUNCTION f(r rg) RETURNS int LANGUAGE sql AS
		'SELECT lower(r)'`, fails: `SELECT f('[1,2)') FROM t`, works: `SELECT f('[1,2)')`},
	{ddl: ownRangeType + `CREATE TABLE t (id int, r rg); ALTER TABLE t DROP COLUMN r`},
	{ddl: ownRangeType + `CREATE TABLE t (id int, r rg); ALTER TABLE t ALTER r TYPE int USING lower(r)`},
	{ddl: `CREATE TABLE t (r tstzrange, m int4multirange, EXCLUDE USING gist (r WITH &&))`,
		works: `INSERT INTO t VALUES ('[now,now]', '{[1,2]}')`},
	{refused: "citus-type", ddl: `CREATE TABLE b (x int); CREATE TABLE a (y b)`},
	{ddl: `CREATE TABLE a (x int); CREATE TABLE b (y a)`, works: `INSERT INTO b VALUES (ROW(1)); SELECT * FROM b`},
	{refused: "citus-type", ddl: `CREATE TABLE a (x int); CREATE TYPE c AS (x a); CREATE TABLE b (x c)`},
	{refused: "citus-type", ddl: `CREATE TABLE t (x int); CREATE VIEW v AS SELECT * FROM t; CREATE TABLE a (x v)`},
	{ddl: `CREATE TYPE e AS ENUM ('a'); CREATE TYPE c AS (a int, e e); CREATE DOMAIN d AS c CHECK ((VALUE).a > 0);
		CREATE TABLE t (a e[], c c, d d, x d[]); CREATE TABLE o OF c`,
		works: `INSERT INTO t VALUES ('{a}', '(1,a)', '(1,a)', '{"(1,a)"}'); SELECT * FROM t WHERE (c).e = 'a'`},

	// operators
	{warned: "citus-operator", ddl: ownOperator + tableWithRow, fails: `SELECT * FROM t WHERE id === 1`,
		works: `SELECT 1 === 1`},
	{refused: "citus-operator", warned: "citus-operator", ddl: ownOperator + `CREATE TABLE t (id int CHECK (id === 1))`},
	{refused: "citus-operator", warned: "citus-operator", ddl: ownOperator + `CREATE TABLE t (id int);
		CREATE INDEX ON t (id) WHERE id === 1`},
	{refused: "citus-operator", warned: "citus-operator", ddl: ownOperator + `CREATE TABLE t (id int);
		CREATE POLICY p ON t USING (id === 1)`},
	{refused: "citus-operator", warned: "citus-operator", ddl: ownOperator + tableWithRow + `CREATE VIEW v AS
		SELECT * FROM t WHERE id === 1`, fails: `SELECT * FROM v`},

	// views
	{refused: "citus-setting", ddl: tableWithRow + `CREATE VIEW v AS
		SELECT * FROM t WHERE o = (SELECT current_setting('docex.user_id'))`, fails: `SELECT * FROM v`},
	{refused: "citus-function", warned: "citus-function", ddl: tableWithRow + readingFunction + `CREATE VIEW v AS
		SELECT n(id) FROM t`, fails: `SELECT * FROM v`},
	{warned: "citus-function", ddl: readingFunction + `CREATE VIEW v AS SELECT n(1), current_setting('docex.user_id')
		AS o`,
		works: `SELECT * FROM v`},
	{warned: "citus-view", ddl: tableWithRow + `CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE VIEW v AS
		SELECT * FROM m WHERE o = current_setting('docex.user_id')`, works: `SELECT * FROM v;
		SELECT * FROM m JOIN t USING (id)`},
	{ddl: `CREATE TABLE t (id int); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w WITH (security_invoker = true) AS
		SELECT * FROM v; CREATE RECURSIVE VIEW r (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3`,
		works: `SELECT * FROM w; SELECT * FROM r`, fails: `INSERT INTO v VALUES (1)`},
	{ddl: `CREATE TABLE t (id int); CREATE VIEW v AS SELECT * FROM t WHERE id > 0 WITH CHECK OPTION`,
		works: `SELECT * FROM v`, fails: `INSERT INTO v VALUES (1)`},

	// functions
	{ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS int LANGUAGE plpgsql AS
		$$DECLARE x text := 'from t'; BEGIN RETURN length(x) + i; END$$; CREATE FUNCTION b(i int) RETURNS int LANGUAGE sql
		AS 'SELECT i * 2'; CREATE TYPE e AS ENUM ('a'); CREATE FUNCTION c(i e) RETURNS e LANGUAGE plpgsql AS
		'BEGIN RETURN i; END'`, works: `SELECT a(id), b(id), c('a') FROM t`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS bigint LANGUAGE plpgsql AS
		'BEGIN RETURN (SELECT count(*) FROM t); END'`, fails: `SELECT a(id) FROM t`, works: `SELECT a(1)`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS bigint LANGUAGE sql STABLE AS
		'SELECT count(*) FROM t'`, fails: `SELECT a(id) FROM t`, works: `SELECT a(1)`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS bigint BEGIN ATOMIC
		SELECT count(*) FROM t; END`, fails: `SELECT a(id) FROM t`, works: `SELECT a(1)`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS int LANGUAGE plpgsql AS
		'DECLARE r t%ROWTYPE; BEGIN r.id := i; RETURN i; END'`, fails: `SELECT a(id) FROM t`, works: `SELECT a(1)`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(r t) RETURNS int LANGUAGE sql AS 'SELECT r.id'`,
		fails: `SELECT a(t) FROM t`},
	{warned: "citus-function citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS int LANGUAGE sql AS
		'SELECT i'; CREATE FUNCTION b(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a(i); END';
		CREATE FUNCTION c(i int) RETURNS int RETURN b(i)`, fails: `SELECT c(id) FROM t`, works: `SELECT a(id) FROM t;
		SELECT b(1)`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS text LANGUAGE sql AS
		$$SELECT current_setting('docex.user_id')$$`, fails: `SELECT a(id) FROM t`, works: `SELECT a(1)`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE TYPE e AS ENUM ('a'); CREATE FUNCTION a(i int) RETURNS e
		LANGUAGE plpgsql AS $$DECLARE r e := 'a'; BEGIN RETURN r; END$$`, fails: `SELECT a(id) FROM t`, works: `SELECT a(1)`},
	{warned: "citus-function citus-function", ddl: tableWithRow + `CREATE FUNCTION a(i int) RETURNS SETOF int
		LANGUAGE sql STABLE AS 'SELECT id FROM t WHERE id = i'`, fails: `SELECT * FROM a(1)`, works: `SELECT a(1)`},
	{warned: "citus-function citus-function", ddl: tableWithRow + `CREATE FUNCTION a() RETURNS TABLE (x int)
		LANGUAGE sql STABLE AS 'SELECT id FROM t'`, fails: `SELECT * FROM a()`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a() RETURNS TABLE (x int) LANGUAGE sql AS
		'SELECT id FROM t'`, fails: `SELECT * FROM t JOIN a() ON x = id`, works: `SELECT * FROM a()`},
	{warned: "citus-function citus-function", ddl: tableWithRow + `CREATE FUNCTION p(i int) RETURNS int LANGUAGE sql AS
		'SELECT i'; CREATE FUNCTION s(a int, b int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN p(a + b); END';
		CREATE AGGREGATE g (int) (SFUNC = s, STYPE = int, INITCOND = '0')`, fails: `SELECT g(id) FROM t`},
	{ddl: tableWithRow + `CREATE FUNCTION s(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
		CREATE AGGREGATE g (int) (SFUNC = s, STYPE = int, INITCOND = '0')`, works: `SELECT g(id) FROM t`},
	{ddl: tableWithRow + `CREATE PROCEDURE a() LANGUAGE plpgsql AS 'BEGIN INSERT INTO t VALUES (2); END'`,
		works: `CALL a(); UPDATE t SET id = 3`},
	{warned: "citus-function citus-setting", ddl: tableWithRow + `CREATE FUNCTION a() RETURNS SETOF int LANGUAGE plpgsql AS
		$$BEGIN RETURN QUERY SELECT id FROM t WHERE o = current_setting('docex.user_id'); END$$`, fails: `SELECT * FROM a()`},
	{warned: "citus-function citus-setting", ddl: tableWithRow + `CREATE FUNCTION a() RETURNS SETOF int LANGUAGE sql AS
		$$SELECT id FROM t WHERE o = current_setting('docex.user_id')$$`, fails: `SELECT a()`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a() RETURNS SETOF int LANGUAGE plpgsql AS
		$$DECLARE u text := current_setting('docex.user_id'); BEGIN RETURN QUERY SELECT id FROM t WHERE o = u; END$$`,
		works: `SELECT * FROM a()`},
	{warned: "citus-function", ddl: tableWithRow + `CREATE FUNCTION a(u text DEFAULT current_setting('docex.user_id'))
		RETURNS SETOF int LANGUAGE sql AS 'SELECT id FROM t WHERE o = u'`, works: `SELECT * FROM a()`},

	// sequences: the cluster is asked as an administrator who is no superuser
	{warned: "citus-sequence", ddl: `CREATE TABLE t (id bigserial)`},
	{warned: "citus-sequence", ddl: `CREATE SEQUENCE s; CREATE TABLE t (id int DEFAULT nextval('s'))`},
	{warned: "citus-sequence", ddl: `CREATE SEQUENCE s; CREATE TABLE t (id int);
		ALTER TABLE t ALTER id SET DEFAULT nextval('s')`},
	{warned: "citus-sequence", ddl: `CREATE TABLE t (id int); CREATE SEQUENCE s OWNED BY t.id`},
	{ddl: `CREATE SEQUENCE s; CREATE TABLE t (id int DEFAULT nextval('s')); ALTER TABLE t ALTER id DROP DEFAULT`,
		works: `INSERT INTO t VALUES (nextval('s'))`},
	{ddl: `CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY, b smallint GENERATED BY DEFAULT AS IDENTITY)`,
		works: `INSERT INTO t DEFAULT VALUES`},

	// constraints
	{warned: "citus-constraint", ddl: `CREATE TABLE t (id int); INSERT INTO t VALUES (-1);
		ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0) NOT VALID`},
	{ddl: `CREATE TABLE t (id int); ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0) NOT VALID;
		ALTER TABLE t VALIDATE CONSTRAINT c`},
	{ddl: `CREATE TABLE p (id int PRIMARY KEY, q int REFERENCES p); CREATE TABLE t (id int REFERENCES p ON DELETE CASCADE
		DEFERRABLE INITIALLY DEFERRED); ALTER TABLE p ADD t int; ALTER TABLE t ADD CHECK (id > 0), ADD UNIQUE (id);
		ALTER TABLE p ADD FOREIGN KEY (t) REFERENCES t (id) NOT VALID`,
		works: `BEGIN; INSERT INTO t VALUES (1); INSERT INTO p VALUES (1); COMMIT`},

	// the rest
	{ddl: `CREATE UNLOGGED TABLE a (id int UNIQUE DEFERRABLE, x int UNIQUE NULLS NOT DISTINCT, j jsonb,
		y text COLLATE "C");
		CREATE INDEX ON a USING gin (j); CREATE INDEX i ON a (id) INCLUDE (x) WHERE x > 0; CREATE INDEX ON a USING brin (x);
		CREATE STATISTICS st ON id, x FROM a; ALTER TABLE a REPLICA IDENTITY FULL; ALTER TABLE a ALTER id SET STATISTICS 10;
		ALTER TABLE a ALTER j SET STORAGE EXTERNAL; ALTER TABLE a SET (fillfactor = 50); ALTER TABLE a CLUSTER ON a_x_key;
		CREATE TABLE b (LIKE a INCLUDING ALL); CREATE TABLE c AS SELECT 1 AS x; COMMENT ON TABLE a IS 'x'; TRUNCATE a;
		ALTER TABLE a DISABLE TRIGGER USER; ALTER TABLE a RENAME CONSTRAINT a_x_key TO k; ALTER TABLE a ADD k serial;
		ALTER TABLE a DROP COLUMN k`, works: `INSERT INTO a VALUES (1, 1, '{}')`},
	{ddl: `CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple); CREATE COLLATION co (provider = icu, locale = 'de');
		CREATE TABLE t (x text COLLATE co, v tsvector GENERATED ALWAYS AS (to_tsvector('english', x)) STORED)`,
		works: `INSERT INTO t VALUES ('a'); SELECT to_tsvector('ts', x) FROM t`},
}
