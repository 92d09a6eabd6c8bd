package provision_test

import (
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// What a warning says is true on a server: the function fails, or does nothing, when a tenant calls it, and the remedy
// works.
func TestDDLWarningsAreTrue(t *testing.T) {
	pgtest.SkipOnCitus(t, "more is warned of there, and the statistics are on the workers")
	t.Parallel()
	w := newWorld(t)
	const tables = `CREATE TABLE t (a integer); INSERT INTO t SELECT generate_series(1, 3);
		CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM t; CREATE TABLE log (d date) PARTITION BY RANGE (d);
`
	sql := tables
	calls := []struct{ code, failure string }{
		{`EXECUTE 'CREATE TABLE x ()';`, denied},
		{`EXECUTE format('CREATE TABLE %I PARTITION OF log DEFAULT', 'x');`, denied},
		{`EXECUTE 'ALTER TABLE t ADD b integer';`, denied},
		{`EXECUTE 'DROP TABLE t';`, denied},
		{`EXECUTE 'COMMENT ON TABLE t IS NULL';`, denied},
		{`EXECUTE 'CLUSTER t';`, denied},
		{`EXECUTE 'REINDEX TABLE t';`, denied},
		{`EXECUTE 'TRUNCATE t';`, denied},
		{`EXECUTE 'VACUUM t';`, "25001"},
		{`EXECUTE 'COPY t TO ''/dev/null''';`, denied},
		{`EXECUTE 'CREATE TEMP TABLE x ()';`, denied},
		{`REFRESH MATERIALIZED VIEW v;`, denied},
		{`PERFORM current_setting('app.user_id');`, "42704"},
		{`ANALYZE t;`, ""},
	}
	for i, c := range calls {
		sql += fmt.Sprintf("CREATE FUNCTION f%d() RETURNS void LANGUAGE plpgsql AS $f$BEGIN %s END$f$;\n", i, c.code)
	}
	sql += `CREATE FUNCTION remedies() RETURNS text LANGUAGE plpgsql AS $f$BEGIN PERFORM docex_system.refresh_view('v'),
		docex_system.analyze_tables('t'), docex_system.notify('x', 'y'); PERFORM docex_system.truncate_tables('t');
		RETURN current_setting('docex.user_id') || current_setting('docex.tenant_id'); END$f$`
	p := w.initialized(provision.Config{DDL: provision.DDLString(sql)})
	warnings := p.DDLWarnings()
	if len(warnings) != len(calls) {
		t.Errorf("%d warnings of %d functions", len(warnings), len(calls))
	}
	for i, c := range calls[:min(len(calls), len(warnings))] {
		if warnings[i].Line != i+3 {
			t.Errorf("%s: %v", c.code, warnings[i])
		}
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("SET docex.tenant_id = 'acme'; SET docex.user_id = 'u'")
	for i, c := range calls {
		if got := app.code(fmt.Sprintf("SELECT f%d()", i)); got != c.failure {
			t.Errorf("%s: code %q, want %q", c.code, got, c.failure)
		}
	}
	const analyzed = `SELECT count(*) FROM pg_stats WHERE schemaname = 'tenant_acme' AND tablename = 't'`
	if got := w.value(analyzed); got != "0" {
		t.Error("ANALYZE has worked")
	}
	app.must("SELECT remedies()")
	if got := w.value(analyzed); got != "1" {
		t.Error("analyze_tables has not worked")
	}
	part := provision.Partition{Of: "log", Name: "x", Bounds: "DEFAULT"}
	if err := p.AddPartition(t.Context(), "acme", part); err != nil {
		t.Error(err)
	}
}
