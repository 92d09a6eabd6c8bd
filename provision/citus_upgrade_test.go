package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// A script makes tables that refer to those that are there, and the other way round: in each statement Citus has the
// ones before on the worker.
func TestUpgradeOnCitusMakesTables(t *testing.T) {
	w := onCitus(t)
	w.admin = w.operator("CREATEROLE")
	const (
		all = `
CREATE TABLE tag (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, legacy bigint, note bigint REFERENCES note,
  above bigint REFERENCES tag);
ALTER TABLE note ADD tag bigint;
ALTER TABLE note ADD CONSTRAINT note_tag_fkey FOREIGN KEY (tag) REFERENCES tag;
INSERT INTO tag (note) SELECT id FROM note;
CREATE TYPE mood AS ENUM ('glad');
CREATE FUNCTION twice(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
CREATE TABLE log (at date NOT NULL, mood mood) PARTITION BY RANGE (at);
CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO log VALUES ('2025-05-05', 'glad');
CREATE UNLOGGED TABLE copied AS SELECT id, legacy FROM tag;
CREATE INDEX ON copied (twice(id));
CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM later';
CREATE TABLE later (id bigint PRIMARY KEY);
CREATE VIEW dear AS SELECT twice(id) AS id FROM note JOIN tag USING (id);
CREATE MATERIALIZED VIEW total AS SELECT count(*) FROM tag`
		v1 = `CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL)`
	)
	u := upgradeWorldIn(w, v1, v1+";"+all, "acme", "globex")
	report, _, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(all), Concurrency: 2})
	if err != nil || report.Done != 2 {
		t.Fatalf("%+v %v", report, err)
	}
	u.wantVersion("2", "acme", "globex")
	app := u.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must(`INSERT INTO note VALUES (2, 'b'); INSERT INTO tag (note, above) VALUES (2, 1)`)
	app.must(`SELECT twice(id) FROM note; SELECT * FROM dear; SELECT seen()`)
	const where = `
SELECT (SELECT count(*) FROM tenant_acme.tag) || ' ' || (SELECT count(*) FROM tenant_acme.copied) || ' ' ||
       (SELECT count(*) FROM tenant_acme.log_2025) || ' ' ||
       (SELECT sum(pg_relation_size(logicalrelid)) FROM pg_dist_partition)`
	if got, want := u.value(where), "2 1 1 0"; got != want {
		t.Errorf("rows, and bytes on the coordinator: %s, want %s", got, want)
	}
}

// A schema without a table has no shard group. It begins with the first one, and again when all were dropped.
func TestUpgradeOnCitusOfEmptySchema(t *testing.T) {
	w := onCitus(t)
	versions := []struct{ ddl, script string }{
		{`CREATE TYPE mood AS ENUM ('glad')`, ``},
		{`CREATE TYPE mood AS ENUM ('glad', 'sad')`, `ALTER TYPE mood ADD VALUE 'sad'`},
		{`CREATE TABLE a (id bigserial PRIMARY KEY); CREATE TABLE b (a bigint REFERENCES a)`,
			`DROP TYPE mood; CREATE TABLE a (id bigserial PRIMARY KEY); CREATE TABLE b (a bigint REFERENCES a)`},
		{`CREATE TABLE c (id bigint PRIMARY KEY)`, `DROP TABLE b, a; CREATE TABLE c (id bigint PRIMARY KEY)`},
		{`CREATE TYPE mood AS ENUM ('glad')`, `DROP TABLE c; CREATE TYPE mood AS ENUM ('glad')`},
		{`CREATE TABLE d (id bigint PRIMARY KEY)`, `DROP TYPE mood; CREATE TABLE d (id bigint PRIMARY KEY)`},
	}
	p := w.initialized(provision.Config{DDL: provision.DDLString(versions[0].ddl)})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	for _, v := range versions[1:] {
		p := w.provisioner(provision.Config{DDL: provision.DDLString(v.ddl)})
		o := provision.UpgradeOptions{Script: provision.DDLString(v.script)}
		if _, err := p.UpgradeTenants(t.Context(), o); err != nil {
			t.Fatalf("%s: %v", v.script, err)
		}
		const grouped = `
SELECT count(*) FROM pg_class AS c LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
  LEFT JOIN pg_dist_schema AS s ON s.schemaid = c.relnamespace
 WHERE c.relnamespace = 'tenant_acme'::regnamespace AND c.relkind = 'r'
   AND p.colocationid IS DISTINCT FROM s.colocationid`
		if got := w.value(grouped); got != "0" {
			t.Errorf("%s: tables that are not in the group: %s", v.script, got)
		}
		if got := w.value(`SELECT count(*) FROM pg_dist_schema WHERE schemaid = 'tenant_acme'::regnamespace`); got != "1" {
			t.Errorf("%s: the schema is not distributed", v.script)
		}
		if err := p.Verify(t.Context(), "acme"); err != nil {
			t.Errorf("%s: %v", v.script, err)
		}
	}
}

// What Citus does not change is found by the rehearsal, with its place and what to do.
func TestUpgradeOnCitusIsRefused(t *testing.T) {
	u := upgradeWorldIn(onCitus(t), noteV1, noteV2, "acme")
	for script, says := range map[string]string{ // others are refused before
		`UPDATE note SET body = concat(body, 'x')`: "what Citus names",
	} {
		_, outcomes, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString("-- first\n" + script)})
		var failed *provision.DDLFailure
		if !errors.Is(err, provision.ErrRehearsal) || !errors.Is(err, provision.ErrCitus) || !errors.As(err, &failed) ||
			failed.Line != 2 || !strings.Contains(err.Error(), says) || len(outcomes) > 0 {
			t.Errorf("%s: %+v %v", script, failed, err)
		}
	}
	u.wantVersion("1", "acme")
}
