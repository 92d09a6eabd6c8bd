package session

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5/pgconn"
)

// loginWays are ways in which a login role may be weak. {app} is the login role, {acme} a tenant's role; roles that a
// way makes begin with {db}.
var loginWays = []struct {
	name   string
	make   []string
	until  int    // the last major version in which it is weak; 0 is all of them
	from   int    // the first
	reason string // "" is not weak
}{
	{name: "LOGIN NOINHERIT"},
	{name: "reads the settings", make: []string{`GRANT pg_read_all_settings TO {app}`}},
	{name: "member of a role with nothing", make: []string{`CREATE ROLE {db}_a`, `GRANT {db}_a TO {app}`}},
	{name: "makes databases", make: []string{`ALTER ROLE {app} CREATEDB`}},
	{name: "superuser", make: []string{`ALTER ROLE {app} SUPERUSER`}, reason: "SUPERUSER"},
	{name: "walks past row security", make: []string{`ALTER ROLE {app} BYPASSRLS`}, reason: "BYPASSRLS"},
	{name: "makes roles", make: []string{`ALTER ROLE {app} CREATEROLE`}, reason: "CREATEROLE"},
	{name: "inherits", make: []string{`ALTER ROLE {app} INHERIT`}, until: 15, reason: "INHERIT"},
	{name: "inherits, but no tenant's rights", make: []string{`ALTER ROLE {app} INHERIT`}, from: 16},
	{name: "inherits by its membership", make: []string{`GRANT {acme} TO {app} WITH INHERIT TRUE`},
		from: 16, reason: "INHERIT"},
	{name: "reads all", make: []string{`GRANT pg_read_all_data TO {app}`}, reason: "member of pg_read_all_data"},
	{name: "writes all", make: []string{`GRANT pg_write_all_data TO {app}`}, reason: "member of pg_write_all_data"},
	{name: "reads files", make: []string{`GRANT pg_read_server_files TO {app}`}, reason: "member of pg_read_server_files"},
	{name: "runs programs", make: []string{`GRANT pg_execute_server_program TO {app}`},
		reason: "member of pg_execute_server_program"},
	{name: "may become a superuser", make: []string{`CREATE ROLE {db}_b SUPERUSER`, `GRANT {db}_b TO {app}`},
		reason: "member of {db}_b"},
	{name: "may become one who may become a superuser",
		make: []string{
			`CREATE ROLE {db}_c SUPERUSER`, `CREATE ROLE {db}_d`, `GRANT {db}_c TO {db}_d`, `GRANT {db}_d TO {app}`,
		},
		reason: "member of {db}_c"},
	{name: "may become one who makes roles", make: []string{`CREATE ROLE {db}_e CREATEROLE`, `GRANT {db}_e TO {app}`},
		reason: "member of {db}_e"},
	{name: "may become one who walks past row security",
		make: []string{`CREATE ROLE {db}_f BYPASSRLS`, `GRANT {db}_f TO {app}`}, reason: "member of {db}_f"},
	{name: "several ways", make: []string{`ALTER ROLE {app} CREATEROLE BYPASSRLS`, `GRANT pg_read_all_data TO {app}`},
		reason: "BYPASSRLS, CREATEROLE, member of pg_read_all_data"},
}

// A login that walks past the tenants' roles, or may become a role that does, is refused unless it is allowed.
func TestWeakLogin(t *testing.T) {
	major := serverMajor(t)
	for _, way := range loginWays {
		if way.until != 0 && major > way.until || major < way.from {
			continue
		}
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			fill := strings.NewReplacer("{app}", w.AppRole, "{db}", w.Name, "{acme}", `"`+w.role(t, "acme")+`"`)
			for _, statement := range way.make {
				w.exec(t, fill.Replace(statement))
			}
			t.Cleanup(func() { w.dropRoles(t) })
			weakLoginIsRefused(t, w, fill.Replace(way.reason))
			weakLoginIsAllowed(t, w, fill.Replace(way.reason))
		})
	}
}

// weakLoginIsRefused with its first pin, in whatever mode, and each time. Its statement has not run.
func weakLoginIsRefused(t *testing.T, w *world, reason string) {
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := w.open(t, doorway{mode: mode})
		_, err := d.query(as("acme"), "SELECT text FROM note WHERE text <> $1", "")
		wantWeak(t, err, reason)
		wantWeak(t, d.exec(as("acme"), "UPDATE note SET text = 'weak'"), reason)
		wantEvents(t, d, reason, 2)
		if err := d.Fit(); err != nil {
			t.Errorf("the session is of no use: %v", err)
		}
	}
	var text string
	err := w.admin.QueryRow("SELECT text FROM tenant_acme.note").Scan(&text)
	if err != nil || (text == "weak") != (reason == "") {
		t.Errorf("the note is %q, %v", text, err)
	}
}

// weakLoginIsAllowed to do everything where that is configured, and told of once.
func weakLoginIsAllowed(t *testing.T, w *world, reason string) {
	first := w.open(t, doorway{allowWeak: true})
	for _, d := range []*door{first, w.open(t, doorway{shared: first.shared})} {
		for _, tenant := range tenants {
			if _, err := d.query(as(tenant), "SELECT text FROM note"); err != nil {
				t.Errorf("as %s: %v", tenant, err)
			}
			d.Release()
		}
	}
	wantEvents(t, first, reason, 1)
}

func serverMajor(t *testing.T) (major int) {
	t.Helper()
	const ask = "SELECT current_setting('server_version_num')::int / 10000"
	if err := pgtest.NewDB(t).Admin(t).QueryRow(ask).Scan(&major); err != nil {
		t.Fatal(err)
	}
	return major
}

// dropRoles drops the roles that a test has made, which begin with the database's name.
func (w *world) dropRoles(t *testing.T) {
	t.Helper()
	var roles string
	const made = "SELECT coalesce(string_agg(quote_ident(rolname), ', '), '') FROM pg_roles WHERE starts_with(rolname, $1)"
	if err := w.admin.QueryRow(made, w.Name+"_").Scan(&roles); err != nil {
		t.Fatal(err)
	}
	if roles != "" {
		w.exec(t, "DROP ROLE "+roles)
	}
}

// wantWeak fails the test unless err is the refusal of a weak login, which says how it is weak; or nil for one that
// is none.
func wantWeak(t *testing.T, err error, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var refusal *Error
	if !errors.Is(err, ErrWeakLogin) || !errors.As(err, &refusal) || refusal.TenantID != "acme" ||
		!strings.Contains(err.Error(), ": "+reason+"; log in as") {
		t.Errorf("got %v, want %v: %s", err, ErrWeakLogin, reason)
	}
}

// wantEvents fails the test unless a weak login was told of so many times.
func wantEvents(t *testing.T, d *door, reason string, n int) {
	t.Helper()
	var told []Event
	for _, e := range *d.events {
		if e.Kind == WeakLogin {
			told = append(told, e)
		}
	}
	if reason == "" {
		n = 0
	}
	if len(told) != n {
		t.Errorf("told %d times, want %d: %v", len(told), n, told)
	}
	for _, e := range told {
		if e.Tenant != "acme" || !errors.Is(e.Err, ErrWeakLogin) || !strings.Contains(e.Err.Error(), reason) {
			t.Errorf("told %+v", e)
		}
	}
}

// Where tenants have no roles there is no wall to walk past.
func TestWeakLoginWithoutRoles(t *testing.T) {
	db := pgtest.NewDB(t)
	w := &world{DB: db, admin: db.Admin(t)}
	w.populate(t, provision.Config{AppRole: db.AppRole, NoTenantRoles: true})
	w.exec(t, "ALTER ROLE "+w.AppRole+" CREATEROLE")
	d := w.open(t, doorway{})
	if got, err := d.query(as("acme"), "SELECT text FROM note"); got != "acme" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	wantEvents(t, d, "", 0)
}

// Looking at the login costs no round trip: not for a first statement, nor for one that is refused.
func TestWeakLoginRoundTrips(t *testing.T) {
	for _, weak := range []bool{false, true} {
		w := newWorld(t)
		if weak {
			w.exec(t, "ALTER ROLE "+w.AppRole+" CREATEROLE")
		}
		proxy := pgproxy.Start(t, w.AppDSN, 0)
		for _, mode := range []string{"exec", "simple_protocol"} {
			d := w.open(t, doorway{mode: mode, pin: pinSession, dsn: proxy.DSN})
			seen, err := proxy.Record(func() error {
				_, err := d.query(as("acme"), "SELECT text FROM note WHERE text <> $1", "")
				return err
			})
			if (err != nil) != weak || seen.RoundTrips != 1 {
				t.Errorf("weak %t, %s: %d round trips, want 1; %v", weak, mode, seen.RoundTrips, err)
			}
		}
	}
}

// The server's message quotes how the login is weak; in whatever language it speaks, and whatever roles are called.
func TestWeakLoginIsQuoted(t *testing.T) {
	for message, want := range map[string]string{
		`invalid input syntax for type integer: "INHERIT"`:            "INHERIT",
		`invalid input syntax for type integer: "member of "a" b""`:   `member of "a" b"`,
		`ungültige Eingabesyntax für Typ integer: »INHERIT«`:          "docex doctor says how",
		`invalid input syntax for type integer: "`:                    "docex doctor says how",
		`invalid input syntax for type integer: ""`:                   "",
		fmt.Sprintf(`invalid input syntax for type integer: %q`, "x"): "x",
	} {
		got := asWeakLogin(&pgconn.PgError{Code: "22P02", Message: message})
		if want := weakLogin(want); got == nil || got.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", message, got, want)
		}
	}
}

// docex's own queries run as the login, at times on a path that a tenant's function has moved: no operator in them is
// looked up there.
func TestOwnQueriesNameTheirOperators(t *testing.T) {
	p := newPins(Config{SystemSchema: "docex_system"}, false)
	texts := []string{p.askRefused(&Operation{Target: Target{Tenant: "acme"}})}
	for login := range loginChecked + 1 {
		column, from := login.sql()
		texts = append(texts, column+from, citusColumn(login))
	}
	bare := regexp.MustCompile(`\s(=|<>|~|\|\||<|>|\+|-|IN|LIKE)\s|NULLIF`)
	for _, text := range texts {
		if found := bare.FindString(text); found != "" {
			t.Errorf("%q in %s", found, text)
		}
	}
}
