package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"testing"

	"github.com/docex/docex/provision"
)

func TestInitChecksTheApplicationRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantIs(t, w.provisioner(provision.Config{AppRole: "docex_no such role"}).Init(t.Context()), provision.ErrAppRole)
	w.exec("ALTER ROLE " + w.AppRole + " NOLOGIN")
	wantIs(t, w.provisioner(provision.Config{}).Init(t.Context()), provision.ErrAppRole)

	w.exec("ALTER ROLE " + w.AppRole + " LOGIN INHERIT")
	err := w.provisioner(provision.Config{}).Init(t.Context())
	if w.version() < 160000 {
		wantIs(t, err, provision.ErrAppRole)
	} else if err != nil {
		t.Error(err)
	}
	if err := w.provisioner(provision.Config{NoTenantRoles: true}).Init(t.Context()); w.version() < 160000 && err != nil {
		t.Errorf("without roles per tenant: %v", err)
	}
}

// What Init refused, or would refuse by now, Create refuses too.
func TestCreateChecksTheApplicationRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("ALTER ROLE " + w.AppRole + " SUPERUSER")
	wantIs(t, w.provisioner(provision.Config{}).Init(t.Context()), provision.ErrAppRole)
	w.exec("ALTER ROLE " + w.AppRole + " NOSUPERUSER")
	p := w.initialized(provision.Config{})
	before := w.objects()
	changes := map[string]string{"SUPERUSER": "NOSUPERUSER", "NOLOGIN": "LOGIN"}
	if w.version() < 160000 {
		changes["INHERIT"] = "NOINHERIT"
	}
	for change, back := range changes {
		w.exec("ALTER ROLE " + w.AppRole + " " + change)
		_, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
		wantIs(t, err, provision.ErrAppRole)
		_, err = p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "public")
		wantIs(t, err, provision.ErrAppRole)
		w.exec("ALTER ROLE " + w.AppRole + " " + back)
	}
	if got := w.objects(); got != before {
		t.Errorf("left %s, before %s", got, before)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Error(err)
	}
}

func (w world) version() int {
	var v int
	if err := w.admin.QueryRow("SELECT current_setting('server_version_num')::integer").Scan(&v); err != nil {
		w.t.Fatal(err)
	}
	return v
}

// An application role that inherits sees no tenant before it pins, on versions where docex can see to that itself.
func TestInheritingApplicationSeesNothingUnpinned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if w.version() < 160000 {
		t.Skip("Init refuses such a role before PostgreSQL 16")
	}
	w.exec("ALTER ROLE " + w.AppRole + " INHERIT")
	if _, err := w.initialized(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	app := w.app()
	if got := app.code("TABLE tenant_acme.document"); got != denied {
		t.Errorf("unpinned: code %q, want %q", got, denied)
	}
	if err := app.pin("acme"); err != nil {
		t.Error(err)
	}
}

// operator returns a handle of an administrator that is no superuser and owns the database.
func (w world) operator(options string) *sql.DB {
	w.t.Helper()
	db, role := w.login(options)
	w.exec("ALTER DATABASE " + w.Name + " OWNER TO " + role)
	return db
}

// login returns a handle of a new role, and its name. What it made is dropped when the test ends, the roles included:
// the server would not say any more to which database they belong.
func (w world) login(options string) (*sql.DB, string) {
	w.t.Helper()
	role, super := "operator_"+w.Name, w.admin
	w.exec("CREATE ROLE " + role + " LOGIN PASSWORD 'operator' " + options)
	db, err := sql.Open("pgx", w.as(role, "operator"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		const all = `SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles
 WHERE rolname = $1 OR starts_with(rolname, (SELECT shared_role FROM docex_system.installation))`
		var roles string
		if super.QueryRow(all, role).Scan(&roles) != nil { // no docex_system: the test's Init was refused
			roles = role
		}
		_, err := super.Exec("ALTER DATABASE " + w.Name + " OWNER TO CURRENT_USER; " +
			"DROP OWNED BY " + role + " CASCADE; DROP OWNED BY " + roles + "; DROP ROLE " + roles)
		if err := errors.Join(err, db.Close()); err != nil {
			w.t.Error(err)
		}
	})
	return db, role
}

func TestAdministratorWithoutSuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{})
	ctx := t.Context()
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("INSERT INTO docbasket (name) VALUES ('b')")
	if got := app.code("TABLE tenant_globex.document"); got != denied {
		t.Errorf("another tenant's table: code %q, want %q", got, denied)
	}
	_, reseal := p.Reseal(ctx, "acme")
	for _, err := range []error{p.Init(ctx), p.Upgrade(ctx), p.Verify(ctx, "acme"), reseal, p.Rename(ctx, "acme", "Acme"),
		p.Suspend(ctx, "acme"), p.Verify(ctx, "acme"), p.Resume(ctx, "acme"), p.Suspend(ctx, "acme"),
		p.Drop(ctx, "acme", "acme")} {
		if err != nil {
			t.Error(err)
		}
	}
}

// For trying docex out, the administrator's login may be the application's. From 16 on the server makes it a member of
// each role that it creates, which it cannot undo.
func TestAdministratorIsTheApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.operator("CREATEROLE NOINHERIT")
	p, err := provision.New(admin, provision.Config{KeepPublic: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := p.Init(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{p.Verify(ctx, "acme"), p.Suspend(ctx, "acme"), p.Verify(ctx, "acme"),
		p.Resume(ctx, "acme"),
		p.Verify(ctx, "acme"), p.Suspend(ctx, "acme"), p.Drop(ctx, "acme", "acme")} {
		if err != nil {
			t.Error(err)
		}
	}
}

// The administrator who suspends a tenant need not be the one who made it.
func TestSuspendByAnotherAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w
	w.admin = w.operator("CREATEROLE")
	if _, err := w.initialized(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	p := other.provisioner(provision.Config{})
	for _, f := range []func(context.Context, string) error{p.Suspend, p.Verify, p.Resume, p.Verify, p.Suspend, p.Verify} {
		if err := f(t.Context(), "acme"); err != nil {
			t.Error(err)
		}
	}
}

func TestInitChecksPrivileges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.operator("")
	p, err := provision.New(plain, provision.Config{AppRole: w.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	wantIs(t, p.Init(t.Context()), provision.ErrPrivileges) // no CREATEROLE
	app, err := sql.Open("pgx", w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	if p, err = provision.New(app, provision.Config{}); err != nil {
		t.Fatal(err)
	}
	wantIs(t, p.Init(t.Context()), provision.ErrPrivileges) // no CREATE on the database
	w.initialized(provision.Config{})
	_, err = p.Get(t.Context(), "acme")
	wantIs(t, err, provision.ErrPrivileges) // not the registry's owner
}

// A role that may create schemas but did not grant PUBLIC its rights cannot revoke them: the server only warns.
func TestInitNoticesThatARevokeDidNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db, role := w.login("CREATEROLE")
	w.exec("GRANT CREATE ON DATABASE " + w.Name + " TO " + role)
	cfg := provision.Config{AppRole: w.AppRole}
	p, err := provision.New(db, cfg)
	if err != nil {
		t.Fatal(err)
	}
	wantIs(t, p.Init(t.Context()), provision.ErrPrivileges)
	cfg.KeepPublic = true
	if p, err = provision.New(db, cfg); err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Errorf("with KeepPublic: %v", err)
	}
}

func TestInitChecksSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, err := url.Parse(w.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("standard_conforming_strings", "off")
	u.RawQuery = q.Encode()
	wantIs(t, initThrough(t, u.String()), provision.ErrServerSettings)

	ascii := w.Name + "_ascii"
	w.exec("CREATE DATABASE " + ascii + " TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
	t.Cleanup(func() { w.admin.Exec("DROP DATABASE " + ascii) })
	u.RawQuery, u.Path = "", "/"+ascii
	wantIs(t, initThrough(t, u.String()), provision.ErrServerSettings)
}

// initThrough runs Init with the zero configuration on a database.
func initThrough(t *testing.T, dsn string) error {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := provision.New(db, provision.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Init(t.Context())
}

func TestUnreachableServer(t *testing.T) {
	err := initThrough(t, "postgres://nobody@127.0.0.1:1/none")
	var e *provision.Error
	if !errors.As(err, &e) || e.Op != "init" {
		t.Errorf("error is %v, want a *provision.Error of init", err)
	}
}
