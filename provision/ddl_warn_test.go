package provision

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// warned returns the warnings of a DDL as "line:column rule object", and checks that they are complete.
func warned(t *testing.T, cfg Config, sql string) string {
	t.Helper()
	cfg.DDL = DDLString(sql)
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := loadDDL(cfg)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	var all []string
	for _, p := range ddlWarnings(cfg, made) {
		if p.File != "ddl.sql" || p.Reason == "" || p.Remedy == "" || strings.Contains(p.String(), "{{") {
			t.Errorf("incomplete: %+v", p)
		}
		all = append(all, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Rule, p.Object))
	}
	return strings.Join(all, ", ")
}

// warnedCode is code of plpgsql with the objects that are warned of.
var warnedCode = []struct{ code, want string }{
	// EXECUTE of a string, however it is written or put together
	{`EXECUTE 'CREATE TABLE x ()';`, "EXECUTE of create"},
	{`EXECUTE 'create table ' || quote_ident(a) || ' ()';`, "EXECUTE of create"},
	{`EXECUTE format('ALTER TABLE %I ADD x int', a);`, "EXECUTE of alter"},
	{`EXECUTE format(E'\n\tDROP TABLE %I', a) USING a;`, "EXECUTE of drop"},
	{`EXECUTE (('TRUNCATE t'));`, "EXECUTE of truncate"},
	{`EXECUTE concat('VACUUM ', a);`, "EXECUTE of vacuum"},
	{`EXECUTE replace($q$-- why
		GRANT SELECT ON t TO x$q$, 'x', a);`, "EXECUTE of grant"},
	{`EXECUTE 'SELECT 1; /* ; */ COMMENT ON TABLE t IS ''x; drop table y''';`, "EXECUTE of comment"},
	{`EXECUTE 'REFRESH MATERIALIZED VIEW v'; EXECUTE 'CLUSTER t'; EXECUTE 'REINDEX TABLE t'; EXECUTE 'ANALYZE t';`,
		"EXECUTE of refresh, EXECUTE of cluster, EXECUTE of reindex, EXECUTE of analyze"},
	{`EXECUTE 'LISTEN x'; EXECUTE 'NOTIFY x';`, "EXECUTE of listen, EXECUTE of notify"},
	{`FOR r IN EXECUTE 'DROP TABLE t' LOOP NULL; END LOOP;`, "EXECUTE of drop"},
	{`EXECUTE 'CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$SELECT 1$$';`, "EXECUTE of create"},
	{`EXECUTE 'CREATE TEMP TABLE x AS SELECT 1';`, "EXECUTE of create"},

	// of a variable
	{`a := 'CREATE TABLE x ()'; EXECUTE a;`, "EXECUTE of create"},
	{`a = format('DROP VIEW %I', a); EXECUTE a;`, "EXECUTE of drop"},
	{`a := ''; a := a || 'ALTER TABLE x ADD y int'; EXECUTE a;`, "EXECUTE of alter"},
	{`SELECT format('CREATE INDEX ON %I (a)', a) INTO a; EXECUTE a;`, "EXECUTE of create"},
	{`FOR r IN SELECT 'DROP TABLE ' || a AS cmd FROM t LOOP EXECUTE r.cmd; END LOOP;`, "EXECUTE of drop"},
	{`EXECUTE CASE WHEN a = '' THEN 'CREATE VIEW x AS SELECT 1' ELSE 'DROP VIEW x' END;`,
		"EXECUTE of create, EXECUTE of drop"},

	// statements of plpgsql
	{`REFRESH MATERIALIZED VIEW v;`, "refresh"},
	{`IF a = '' THEN ANALYZE t; ELSE analyse t; END IF;`, "analyze, analyse"},
	{`COMMENT ON TABLE t IS 'x';`, "comment"},

	// settings
	{`a := current_setting('app.tenant_id');`, "app.tenant_id"},
	{`a := pg_catalog.current_setting('Request.jwt.claims', true)::json ->> 'sub';`, "request.jwt.claims"},
	{`a := current_setting('docex.roles');`, "docex.roles"},

	// nothing
	{`EXECUTE 'SELECT 1'; EXECUTE 'INSERT INTO t VALUES (1)'; EXECUTE format('UPDATE %I SET drop = 1', a);`, ""},
	{`a := 'drop table x'; RAISE NOTICE 'create table %', a;`, ""},
	{`a := 'create failed'; EXECUTE 'SELECT 1' USING a; EXECUTE a;`, ""},
	{`IF a = 'CREATE TABLE' THEN EXECUTE a; END IF;`, ""},
	{`RAISE EXCEPTION 'drop table first'; EXECUTE a;`, ""},
	{`a := CASE WHEN a = '' THEN comment ELSE analyze END FROM t;`, ""},
	{`-- EXECUTE 'CREATE TABLE x ()';
		PERFORM $$EXECUTE 'DROP TABLE x'$$;`, ""},
	{`EXPLAIN ANALYZE SELECT 1;`, ""},
	{`a := current_setting('docex.user_id') || current_setting('docex.tenant_id', true);`, ""},
	{`a := current_setting('TimeZone');`, ""},
	{`a := current_setting('pg_trgm.similarity_threshold') || current_setting(a);`, ""},
	{`PERFORM docex_system.refresh_view('v'), docex_system.analyze_tables('t'), docex_system.truncate_tables('t'),
		docex_system.notify('x', 'y');`, ""},
}

func TestDDLWarningsOfCode(t *testing.T) {
	t.Parallel()
	for _, c := range warnedCode {
		sql := "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$DECLARE a text; r record; BEGIN " + c.code + " END$f$"
		var objects []string
		for _, p := range strings.Split(warned(t, Config{}, sql), ", ") {
			if _, rest, ok := strings.Cut(p, " "); ok {
				_, object, _ := strings.Cut(rest, " ")
				objects = append(objects, object)
			}
		}
		if got := strings.Join(objects, ", "); got != c.want {
			t.Errorf("%s\ngot  %q, want %q", c.code, got, c.want)
		}
	}
}

func TestDDLWarnings(t *testing.T) {
	t.Parallel()
	const function = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS "
	for _, c := range []struct {
		name string
		cfg  Config
		sql  string
		want string
	}{
		{"place", Config{}, "CREATE TABLE t ();\n" + function + "$$\nBEGIN\n  EXECUTE 'DROP TABLE t';\nEND$$",
			"4:11 fails-in-use EXECUTE of drop"},
		{"place in a body with quotes", Config{}, function + "'BEGIN EXECUTE ''DROP TABLE t''; END'",
			"1:54 fails-in-use EXECUTE of drop"},
		{"default of a variable", Config{},
			function + "$$DECLARE a text DEFAULT 'DROP TABLE t'; BEGIN EXECUTE a; END$$", "1:79 fails-in-use EXECUTE of drop"},
		{"definer", Config{}, function + "$$BEGIN EXECUTE 'ALTER FUNCTION f() SECURITY DEFINER'; END$$",
			"1:70 security-definer EXECUTE of alter"},
		{"temporary", Config{KeepPublic: true}, function + "$$BEGIN EXECUTE 'CREATE TEMP TABLE x ()'; END$$", ""},
		{"policy", Config{}, "CREATE TABLE t (a text);\nCREATE POLICY p ON t USING (a = current_setting('app.tenant', true))",
			"2:33 foreign-setting app.tenant"},
		{"view", Config{}, "CREATE VIEW v AS SELECT current_setting('app.tenant') AS a", "1:25 foreign-setting app.tenant"},
		{"default", Config{}, "CREATE TABLE t (a text DEFAULT current_setting('app.tenant'))",
			"1:32 foreign-setting app.tenant"},
		{"sql", Config{}, "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT current_setting('app.tenant')$$",
			"1:59 foreign-setting app.tenant"},
		{"sql standard", Config{}, "CREATE FUNCTION f() RETURNS text RETURN current_setting('app.tenant')",
			"1:41 foreign-setting app.tenant"},
		{"the DDL's own call", Config{}, "INSERT INTO t SELECT current_setting('app.tenant')", ""},
		{"dropped", Config{}, function + "$$BEGIN EXECUTE 'DROP TABLE t'; END$$; SELECT f(); DROP FUNCTION f()", ""},
		{"dropped before", Config{}, "DROP FUNCTION IF EXISTS f();\n" + function + "$$BEGIN EXECUTE 'DROP TABLE t'; END$$",
			"2:70 fails-in-use EXECUTE of drop"},
	} {
		if got := warned(t, c.cfg, c.sql); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// The remedies name what works, in the system schema of the configuration.
func TestDDLWarningsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, want string }{
		{"EXECUTE format('CREATE TABLE %I', a) || ' PARTITION OF log DEFAULT';", "Provisioner.AddPartition"},
		{"EXECUTE format('ALTER TABLE log DETACH PARTITION %I', a);", "Provisioner.AddPartition"},
		{"EXECUTE 'CREATE TABLE x ()';", "put it into the DDL"},
		{"REFRESH MATERIALIZED VIEW v;", "call own.refresh_view('name')"},
		{"ANALYZE t;", "call own.analyze_tables('name')"},
		{"EXECUTE 'TRUNCATE t';", "call own.truncate_tables('name')"},
		{"EXECUTE 'NOTIFY x';", "call own.notify('channel', 'message')"},
		{"a := current_setting('app.user');", "current_setting('docex.user_id')"},
		// what is refused at once
		{"TRUNCATE t;", "call own.truncate_tables('name')"},
		{"NOTIFY x;", "call own.notify('channel', 'message')"},
		{"PERFORM pg_notify('x', 'y');", "use own.notify(channel, payload)"},
		{"SET a = 1;", "only query and change rows"},
	} {
		cfg := Config{SystemSchema: "own", DDL: DDLString(
			"CREATE FUNCTION f(a text) RETURNS void LANGUAGE plpgsql AS $f$BEGIN " + c.code + " END$f$")}
		cfg, err := cfg.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		made, _, err := loadDDL(cfg)
		got := fmt.Sprint(err, ddlWarnings(cfg, made))
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %q", c.code, got, c.want)
		}
	}
}

// No warning where there is nothing to warn of: DocEX's own DDL, and a corpus in which one function makes a table.
func TestDDLWarningsAreNotFalse(t *testing.T) {
	t.Parallel()
	cfg, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := loadDDL(cfg)
	if got := ddlWarnings(cfg, made); err != nil || len(got) > 0 {
		t.Error(err, got)
	}
	corpus, err := os.ReadFile("../testdata/ddl/allowed.sql")
	if err != nil {
		t.Fatal(err)
	}
	got := ddlWarnings(cfg, ddl{files: []ddlFile{{name: "allowed.sql", text: string(corpus)}}})
	if len(got) != 1 || got[0].Object != "EXECUTE of create" {
		t.Error(got)
	}
}
