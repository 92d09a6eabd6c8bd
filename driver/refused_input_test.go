package driver_test

import (
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestMalformedDSN(t *testing.T) {
	for _, dsn := range []string{
		"postgres://user:hunter2@host:notaport/db", "host=localhost password=hunter2 port=x", "://", "postgres://%zz",
	} {
		_, err := sql.Open("docex", dsn)
		var typed *driver.Error
		var parse *pgconn.ParseConfigError
		if !errors.As(err, &typed) || !errors.As(err, &parse) {
			t.Errorf("%q: got %v", dsn, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the message shows the password: %v", err)
		}
	}
}

// Settings in a DSN that would undo the pin or change how the server reads statements are refused, whatever their case.
func TestDSNSettings(t *testing.T) {
	base := "postgres://u:secret@127.0.0.1:1/db?"
	for _, setting := range []string{
		"search_path=public", "SEARCH_PATH=public", "role=postgres", "session_authorization=x", "options=-csearch_path%3Dx",
		"standard_conforming_strings=off", "client_encoding=LATIN1", "backslash_quote=on", "docex_pins=session", "docex.x=1",
		"replication=database",
	} {
		_, err := driver.NewConnector(base+setting, driver.Config{})
		var typed *driver.Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: got %v", setting, err)
		}
	}
	for _, setting := range []string{
		"standard_conforming_strings=on", "client_encoding=utf-8", "application_name=x", "sslmode=disable", "TimeZone=UTC",
	} {
		if _, err := driver.NewConnector(base+setting, driver.Config{}); err != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// pgx reads settings from the environment, too.
func TestEnvironmentSettings(t *testing.T) {
	services := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(services, []byte("[x]\nsearch_path=public\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", services)
	for name, value := range map[string]string{"PGOPTIONS": "-c role=postgres", "PGSERVICE": "x"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			_, err := driver.NewConnector("postgres://u@127.0.0.1:1/db", driver.Config{})
			var typed *driver.Error
			if !errors.As(err, &typed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestInvalidConfig(t *testing.T) {
	for name, cfg := range map[string]driver.Config{
		"policy":        {Policy: guard.Policy{SharedSchemas: []string{"pg_catalog"}}},
		"pin mode":      {Pin: 99},
		"system schema": {SystemSchema: strings.Repeat("x", 64)},
		"max tenants":   {MaxTenants: -1},
		"open registry": {Policy: guard.Policy{SharedSchemas: []string{driver.DefaultSystemSchema}}},
	} {
		_, err := driver.NewConnector("host=localhost", cfg)
		var typed *driver.Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestUnreachableServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("docex", "postgres://u:hunter2@"+addr+"/db?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(as("acme"), "SELECT 1")
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		t.Errorf("got %v, want a *pgconn.ConnectError", err)
	}
	if err != nil && strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the message shows the password: %v", err)
	}
}

func TestNotInitialized(t *testing.T) {
	w := &world{DB: pgtest.NewDB(t)}
	db := w.open(t, 1)
	for name, attempt := range attempts {
		if err := attempt(as("acme"), db, "refused"); !errors.Is(err, scope.ErrNotInitialized) {
			t.Errorf("%s: got %v, want %v", name, err, scope.ErrNotInitialized)
		}
	}
}

// A login role that provisioning does not know cannot even ask.
func TestMissingPrivileges(t *testing.T) {
	w := newWorld(t)
	role := "stranger_" + w.Name
	mustExec(t, w.admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'x'")
	t.Cleanup(func() { mustExec(t, w.admin, "DROP ROLE "+role) })
	stranger := &world{DB: &pgtest.DB{AppDSN: strings.Replace(w.AdminDSN, "//"+userinfo(t, w.AdminDSN), "//"+role+":x", 1)}}
	db := stranger.open(t, 1)
	_, err := db.ExecContext(as("acme"), "SELECT 1")
	var typed *driver.Error
	var pgErr *pgconn.PgError
	if !errors.As(err, &typed) || !errors.As(err, &pgErr) || pgErr.Code != "42501" {
		t.Errorf("got %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func userinfo(t *testing.T, dsn string) string {
	t.Helper()
	_, rest, _ := strings.Cut(dsn, "://")
	info, _, ok := strings.Cut(rest, "@")
	if !ok {
		t.Fatalf("no user in the DSN")
	}
	return info
}

// Statements that no parser could read are denied with a position, and leave the connection as it was.
func TestMalformedSQL(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, query := range []string{
			"SELECT 1\x00", "SELECT '\x00'", "\x00", "SELECT '\xff'", "SELECT \xc3\x28", "SELEC 1", "SELECT 'open", "/* open", "(",
			strings.Repeat("(", 100_000), "SELECT 1" + strings.Repeat("+1", 100_000),
		} {
			_, err := db.ExecContext(as("acme"), query)
			var denial *guard.Denial
			if !errors.As(err, &denial) || !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%.20q: got %v", query, err)
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("%.20q: a message of %d bytes", query, len(err.Error()))
			}
			if _, err := db.PrepareContext(as("acme"), query); !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%.20q: prepare: got %v", query, err)
			}
		}
		for _, query := range []string{"", " ", ";", "-- nothing", "/* nothing */"} {
			if _, err := db.ExecContext(as("acme"), query); err != nil {
				t.Errorf("%q: %v", query, err)
			}
			var n int
			if err := db.QueryRowContext(as("globex"), query).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%q: query: %v", query, err)
			}
			s, err := db.PrepareContext(as("acme"), query)
			if err != nil {
				t.Errorf("%q: prepare: %v", query, err)
				continue
			}
			if err := s.QueryRowContext(as("acme")).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%q: prepared: %v", query, err)
			}
			if _, err := db.ExecContext(as("mothballed"), query); !errors.Is(err, scope.ErrTenantSuspended) {
				t.Errorf("%q: suspended tenant: %v", query, err)
			}
			finish(t, s.Close())
		}
		wantClean(t, db)
	})
}

// A server that reads backslashes in plain strings would read another statement than the guard has. The connection is
// not for the next tenant either.
func TestLexerSettingChangedLater(t *testing.T) {
	w := newWorld(t)
	db := w.unguarded(t, 1)
	c := checkout(t, db)
	execAll(t, c, as("acme"), "SET standard_conforming_strings = off")
	if _, err := c.ExecContext(as("acme"), "SELECT 1"); !errors.Is(err, driver.ErrServerSettings) {
		t.Errorf("got %v, want %v", err, driver.ErrServerSettings)
	}
	_ = c.Close()
	wantClean(t, db)
	// The settings of the role do not get through to start with.
	mustExec(t, w.admin, "ALTER ROLE "+w.AppRole+" SET standard_conforming_strings = off")
	t.Cleanup(func() { mustExec(t, w.admin, "ALTER ROLE "+w.AppRole+" RESET standard_conforming_strings") })
	wantClean(t, w.open(t, 1))
}

func TestNoContextMethods(t *testing.T) {
	db := newWorld(t).open(t, 1)
	if _, err := db.Query("SELECT 1"); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("Query: %v", err)
	}
	if _, err := db.Begin(); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("Begin: %v", err)
	}
	if _, err := db.Prepare("SELECT 1"); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("Prepare: %v", err)
	}
	wantSeen(t, db, "acme")
}
