package provision_test

import (
	"context"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// state lists what Init could leave behind.
func (w world) state() string {
	return w.value(`SELECT concat_ws(E'\n',
  (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE pg_has_role($1, oid, 'MEMBER')),
  (SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace),
  (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_default_acl),
  (SELECT count(*) FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member WHERE r.rolname = $1),
  (SELECT count(*) FROM pg_shdepend AS d JOIN pg_database AS b ON b.oid = d.dbid WHERE datname = current_database()))`,
		w.AppRole)
}

// Init reports what the server says of the DDL and the seed, and then has done nothing; a DDL that works leaves no more
// than one that is not tried.
func TestInitTriesTheDDL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fails := provision.Config{DDL: files("1.sql", "CREATE TABLE a (n integer);", "2.sql",
		"CREATE TABLE c ();\nCREATE INDEX ON b (n);")}
	before := w.state()
	err := w.provisioner(fails).Init(t.Context())
	wantIs(t, err, provision.ErrDDL)
	const missing = `relation "b" does not exist`
	if err == nil || !strings.Contains(err.Error(), "2.sql") || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
	if after := w.state(); after != before {
		t.Errorf("left\n%s\nbefore\n%s", after, before)
	}
	if got := w.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE '%.rehearsal'"); got != "0" {
		t.Errorf("%s roles of the trial", got)
	}

	p := w.initialized(provision.Config{DDL: provision.DDLString("CREATE TABLE a (id serial)")})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	before = w.state()
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantIs(t, w.provisioner(fails).Init(t.Context()), provision.ErrDDL)
	if after := w.state(); after != before {
		t.Errorf("left\n%s\nbefore\n%s", after, before)
	}
	if tenants, err := p.List(t.Context(), provision.ListOptions{}); err != nil || len(tenants) != 1 {
		t.Errorf("%d tenants, %v", len(tenants), err)
	}

	other := w.provisioner(provision.Config{DDL: provision.DDLString("CREATE TABLE a (id integer);"),
		Seed: provision.DDLString("INSERT INTO a VALUES (1)")})
	if err := other.Init(t.Context()); err != nil || w.state() != before {
		t.Errorf("another DDL: %v, left\n%s", err, w.state())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Init(ctx); err == nil || w.state() != before {
		t.Errorf("cancelled: %v, left\n%s", err, w.state())
	}
}

// An administrator who is no superuser tries it too, and so does one without roles of tenants.
func TestInitTriesAsItCreates(t *testing.T) {
	t.Parallel()
	ddl := provision.DDLString("CREATE TABLE a (id serial PRIMARY KEY)")
	fails := provision.DDLString("INSERT INTO a VALUES ('x')")
	w := newWorld(t)
	w.initialized(provision.Config{DDL: ddl, NoTenantRoles: true})
	wantIs(t, w.provisioner(provision.Config{DDL: ddl, Seed: fails}).Init(t.Context()), provision.ErrDDL)

	w = newWorld(t)
	w.admin = w.operator("CREATEROLE")
	before := w.state()
	wantIs(t, w.provisioner(provision.Config{DDL: ddl, Seed: fails, KeepPublic: true}).Init(t.Context()), provision.ErrDDL)
	if after := w.state(); after != before {
		t.Errorf("left\n%s\nbefore\n%s", after, before)
	}
	p := w.initialized(provision.Config{DDL: ddl, KeepPublic: true})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Error(err)
	}
}
