package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(envProgram); dsn != "" {
		fmt.Fprintln(os.Stderr, program(dsn, os.Args[1], os.Args[2]))
		os.Exit(1)
	}
	pgtest.Main(m)
}

// world is a database of the test's own with the administrator's handle on it.
type world struct {
	*pgtest.DB
	t     *testing.T
	admin *sql.DB
}

func newWorld(t *testing.T) world {
	t.Helper()
	db := pgtest.NewDB(t)
	return world{DB: db, t: t, admin: db.Admin(t)}
}

// provisioner returns one for the database's application role, and for what the database is, unless cfg says otherwise.
func (w world) provisioner(cfg provision.Config) *provision.Provisioner {
	w.t.Helper()
	if cfg.AppRole == "" {
		cfg.AppRole = w.AppRole
	}
	if cfg.Distribution == "" {
		cfg.Distribution = provision.Distribution(w.Distribution)
	}
	p, err := provision.New(w.admin, cfg)
	w.skipRefused(err)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// initialized returns a provisioner whose Init has run.
func (w world) initialized(cfg provision.Config) *provision.Provisioner {
	w.t.Helper()
	p := w.provisioner(cfg)
	if err := p.Init(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// exec runs statements as the administrator.
func (w world) exec(statements ...string) {
	w.t.Helper()
	for _, s := range statements {
		if err := w.run(s); err != nil {
			w.t.Fatalf("%s: %v", s, err)
		}
	}
}

// value returns the one value of a query run as the administrator, as text.
func (w world) value(query string, args ...any) string {
	w.t.Helper()
	var s sql.NullString
	if err := w.admin.QueryRowContext(w.t.Context(), query, args...).Scan(&s); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return s.String
}

// app connects as the application, without pinning.
func (w world) app() session {
	w.t.Helper()
	return w.connect(w.AppDSN)
}

func (w world) connect(dsn string) session {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close(context.Background()) })
	return session{conn: conn, t: w.t}
}

// as returns the URL of w's database for another login, which the server lets in without a password only if it trusts
// local connections; role must have been given this one.
func (w world) as(role, password string) string {
	u, err := url.Parse(w.AdminDSN)
	if err != nil {
		w.t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// session is a connection to try statements on.
type session struct {
	conn *pgx.Conn
	t    *testing.T
}

// pinSQL is the statement that the driver sends before a tenant's first.
const pinSQL = `SELECT pg_catalog.set_config('role', p.role_name, false),
  pg_catalog.set_config('search_path', $3, false)
 FROM docex_system.pin($1, $2) AS p`

// pin does what the driver does when a connection goes to a tenant.
func (s session) pin(id string) error {
	if _, err := s.conn.Exec(s.t.Context(), "RESET ROLE"); err != nil {
		return err
	}
	schema := "tenant_" + id
	_, err := s.conn.Exec(s.t.Context(), pinSQL, id, schema, pgx.Identifier{schema}.Sanitize()+", pg_temp")
	return err
}

// code runs statements as one string and returns the SQLSTATE of the error, or "" when there is none.
func (s session) code(statements string) string {
	s.t.Helper()
	_, err := s.conn.Exec(s.t.Context(), statements)
	return sqlState(s.t, err)
}

// must runs statements that have to work.
func (s session) must(statements string) {
	s.t.Helper()
	if _, err := s.conn.Exec(s.t.Context(), statements); err != nil {
		s.t.Fatalf("%s: %v", statements, err)
	}
}

// sqlState returns the code of a server error, and fails the test for an error of another kind.
func sqlState(t *testing.T, err error) string {
	t.Helper()
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pg):
		return pg.Code
	}
	t.Fatalf("not a server error: %v", err)
	return ""
}

// wantIs fails the test unless err is a *provision.Error that matches target.
func wantIs(t *testing.T, err, target error) {
	t.Helper()
	var e *provision.Error
	if !errors.As(err, &e) || !errors.Is(err, target) {
		t.Errorf("error is %v, want a *provision.Error that matches %q", err, target)
	}
}

// SQLSTATE codes of refusals.
const (
	denied         = "42501"
	noSuchTable    = "42P01"
	pinUnknown     = "DX001"
	pinSuspended   = "DX002"
	pinSystem      = "DX003"
	pinOtherSchema = "DX004"
)
