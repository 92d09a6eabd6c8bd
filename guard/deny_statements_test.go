package guard_test

import (
	"testing"

	"github.com/docex/docex/guard"
)

// TestDenyStatements holds statements that are refused whatever they name; none is in the corpus.
func TestDenyStatements(t *testing.T) {
	v := verdicts(t, corpusPolicy)

	v.rule = guard.RuleSelectInto
	v.deny(`EXPLAIN SELECT 1 INTO extra`)
	v.deny(`DECLARE c CURSOR FOR SELECT * INTO x FROM documents`)

	v.rule = guard.RuleStatementKind
	v.deny(`EXPLAIN DECLARE c CURSOR FOR SELECT 1`)
	v.deny(`EXPLAIN CREATE TABLE x AS SELECT 1`)
	v.deny(`EXPLAIN REFRESH MATERIALIZED VIEW doc_stats`)
	v.deny(`DISCARD ALL`)
	v.deny(`DISCARD TEMP`)
	v.deny(`CHECKPOINT`)
	v.deny(`TRUNCATE documents`)
	v.deny(`SECURITY LABEL ON TABLE documents IS 'x'`)
	v.deny(`COMMENT ON TABLE documents IS 'x'`)
	v.deny(`IMPORT FOREIGN SCHEMA x FROM SERVER loopback INTO tenant_acme`)
	v.deny(`CREATE TABLE x (LIKE tenant_globex.documents)`)
	v.deny(`ALTER TABLE documents SET SCHEMA tenant_globex`)
	v.deny(`LISTEN x`)
	v.deny(`COPY scratch FROM STDIN`)
	v.deny(`EXECUTE x`)
	v.deny(`DEALLOCATE ALL`)
	v.deny(`DO 'x'`)
	v.deny(`GRANT SELECT ON documents TO x`)

	v.rule = guard.RuleExplain
	v.deny(`EXPLAIN (SETTINGS) SELECT 1`)

	v.rule = guard.RuleTransaction
	v.deny(`SET LOCAL TRANSACTION SNAPSHOT 'x'`)
	v.deny(`COMMIT AND CHAIN`)
	v.deny(`PREPARE TRANSACTION 'x'`)
	v.deny(`ROLLBACK PREPARED 'x'`)

	v.rule = guard.RuleSetting
	v.deny(`SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`)
	v.deny(`SET XML OPTION DOCUMENT`)
	v.deny(`SET "Search_Path" TO tenant_globex`)
	v.deny(`SET TIME ZONE LOCAL`)
	v.deny(`SET SCHEMA 'tenant_globex'`)
	v.deny(`SET SESSION ROLE x`)
	v.deny(`SET LOCAL ROLE x`)
	v.deny(`RESET ROLE`)
	v.deny(`SHOW "app.token"`)
	v.deny(`SHOW SESSION AUTHORIZATION`)

	v.deny(`/*+ Set(search_path "tenant_globex") */ SELECT doc_count()`)
	v.deny(`/*+ IndexScan(d) SET ( "Role" x) */ SELECT * FROM documents d`)
	v.deny(`SELECT 1 /*+ a */ /*+ set(work_mem 1GB)` + " */")

	v.rule = guard.RuleMultiStatement
	v.deny(`BEGIN; SELECT 1`)
	v.deny(`SELECT 1; ROLLBACK`)

	v.rule = guard.RuleCursor
	v.deny(`CLOSE ALL`)

	v.rule = guard.RuleLock
	v.deny(`LOCK documents`)

	v.rule = guard.RuleSyntax
	v.deny(
		`WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a FROM t) CYCLE a SET c TO (SELECT 1 FROM pg_class) DEFAULT ` +
			`2 USING p SELECT * FROM t`)
	v.deny(`SELECT setof int '1'`)
	v.deny(`INSERT INTO counters VALUES ('x', 1) ON CONFLICT ((SELECT 1 FROM tenant_globex.documents)) DO NOTHING`)

	v.deny(`SELECT name FROM documents WHERE id = ?`)
	v.deny("SELECT 1 FROM documents WHERE 'a' /* blanked, the two would be one constant */\n 'b' NOT /**/ IN ('ab')")

	v.rule = guard.RuleUnsupported
	// pgx's simple protocol mode replaces the $1 in each; PostgreSQL sees none.
	v.deny(`SELECT 1 AS x$$, '$$ $1 ' AS y`)
	v.deny(`SELECT name'\', '$1'`)
	v.deny("SELECT E'a'\n'\\' $1 '")
	v.deny(`SELECT regclass$1 FROM documents`)
	v.deny("SELECT $\uFFFD$ $1 $\uFFFD$")
	v.deny(`SELECT 1 /* $1 */, x$$ FROM documents`)
	v.deny(`SELECT 1::setof int`)
	v.deny(`SELECT d.* FROM documents d FOR UPDATE OF tenant_globex.documents`)
}
