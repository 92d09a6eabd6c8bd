package around

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lib/pq"
)

// TestLibPQ: what docs/lib-pq.md says of programs that come from lib/pq, on both drivers.
func TestLibPQ(t *testing.T) {
	t.Parallel()
	w := newDocs(t)
	w.exec(t, "ALTER TABLE tenant_acme.doc ADD CONSTRAINT doc_name_key UNIQUE (name)")
	old, db := w.libPQ(t, ""), sql.OpenDB(connector(t, w.AppDSN))
	t.Cleanup(func() { _ = db.Close() })
	t.Run("errors", func(t *testing.T) { libPQErrors(t, db) })
	t.Run("arrays", func(t *testing.T) { libPQArrays(t, db) })
	t.Run("statements", func(t *testing.T) { libPQStatements(t, db) })
	t.Run("values", func(t *testing.T) { libPQValues(t, old, db) })
	t.Run("arguments", func(t *testing.T) { libPQArguments(t, old, db) })
	t.Run("options", func(t *testing.T) { libPQOptions(t, w) })
	t.Run("sqlmock", libPQMock)
}

// libPQ opens a handle of lib/pq for a login of its own: lib/pq refuses the few iterations of the tests' passwords.
func (w world) libPQ(t *testing.T, dsnQuery string) *sql.DB {
	t.Helper()
	u, err := url.Parse(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	role := w.AppRole + "_pq"
	var there bool
	if err := w.admin.QueryRow("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if !there {
		w.exec(t, "CREATE ROLE "+role+" LOGIN PASSWORD 'old'")
		t.Cleanup(func() { w.exec(t, "DROP ROLE "+role) })
	}
	u.User = url.UserPassword(role, "old")
	if dsnQuery == "" {
		dsnQuery = u.RawQuery
	}
	u.RawQuery = dsnQuery
	db, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func libPQErrors(t *testing.T, db *sql.DB) {
	_, err := db.ExecContext(as("acme"), "INSERT INTO doc (name) VALUES ($1)", "acme")
	if _, ok := errors.AsType[*pq.Error](err); ok {
		t.Error("docex gives an error of lib/pq")
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || e.Code != "23505" || e.ConstraintName != "doc_name_key" || e.TableName != "doc" || e.Detail == "" {
		t.Errorf("got %#v", err)
	}
}

func libPQArrays(t *testing.T, db *sql.DB) {
	var names pq.StringArray
	var numbers []int64
	row := db.QueryRowContext(as("acme"), "SELECT $1::text[], $2::bigint[] FROM doc WHERE name = ANY ($3)",
		pq.StringArray{"a", "b c"}, pq.Array([]int64{1, 2}), pq.Array([]string{"acme"}))
	err := row.Scan(&names, pq.Array(&numbers))
	if err != nil || len(names) != 2 || names[1] != "b c" || len(numbers) != 2 {
		t.Errorf("got %v %v, %v", names, numbers, err)
	}
}

// libPQStatements: what the guard refuses of lib/pq's ways, and where its reason points.
func libPQStatements(t *testing.T, db *sql.DB) {
	for text, hint := range map[string]string{
		pq.CopyIn("doc", "name"): "driver.CopyFrom", "LISTEN jobs": "docex_system.channel",
		pq.CopyInSchema("tenant_acme", "doc", "name"): "driver.CopyFrom", "NOTIFY jobs": "docex_system.notify",
		"SELECT 1; SELECT 2": "one statement at a time",
	} {
		_, err := db.ExecContext(as("acme"), text)
		if d, ok := errors.AsType[*guard.Denial](err); !ok || !strings.Contains(d.Hint, hint) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// scanned returns the type that a value has in a variable of type any.
func scanned(db *sql.DB, text string, args ...any) string {
	var v any
	if err := db.QueryRowContext(as("acme"), "SELECT "+text, args...).Scan(&v); err != nil {
		return "error"
	}
	return fmt.Sprintf("%T", v)
}

func libPQValues(t *testing.T, old, db *sql.DB) {
	for _, test := range []struct{ text, old, new string }{
		{"text 'x'", "string", "string"}, {"7", "int64", "int64"}, {"true", "bool", "bool"},
		{"7::float8", "float64", "float64"}, {"current_date", "time.Time", "time.Time"},
		{"localtimestamp", "time.Time", "time.Time"},
		{"bytea 'x'", "[]uint8", "[]uint8"}, {"jsonb '{}'", "[]uint8", "[]uint8"},
		{"now()", "time.Time", "time.Time"},
		{"7.5", "[]uint8", "string"}, {"gen_random_uuid()", "[]uint8", "string"}, {"ARRAY['a']", "[]uint8", "string"},
		{"interval '1 day'", "[]uint8", "string"}, {"inet '::1'", "[]uint8", "string"},
		{"time '03:04'", "time.Time", "string"},
	} {
		if was, now := scanned(old, test.text), scanned(db, test.text); was != test.old || now != test.new {
			t.Errorf("%s: %s with lib/pq, %s with docex", test.text, was, now)
		}
	}
}

func libPQArguments(t *testing.T, old, db *sql.DB) {
	for _, test := range []struct {
		text string
		arg  any
		new  string
	}{
		{"$1::text", 7, "error"}, {"$1::text", true, "error"}, {"$1::bool", 1, "error"},
		{"$1::int", "7", "int64"}, {"$1::date", "2026-01-02", "time.Time"}, {"$1::bigint::text", 7, "string"},
		{"$1::jsonb", "{}", "[]uint8"}, {"$1::jsonb", []byte("{}"), "[]uint8"},
	} {
		was, now := scanned(old, test.text, test.arg), scanned(db, test.text, test.arg)
		if was == "error" || now != test.new {
			t.Errorf("%s, %v: %s with lib/pq, %s with docex", test.text, test.arg, was, now)
		}
	}
	if was, now := scanned(old, "$1::text[]", []string{"a"}), scanned(db, "$1::text[]", []string{"a"}); was != "[]uint8" ||
		now != "string" {
		t.Errorf("a slice: %s with lib/pq, %s with docex", was, now)
	}
}

// libPQOptions: which options of a DSN docex takes.
func libPQOptions(t *testing.T, w world) {
	for _, option := range []string{"binary_parameters=yes", "disable_prepared_binary_result=yes",
		"fallback_application_name=app", "sslinline=true"} {
		c, err := driver.NewConnector(w.AppDSN+"&"+option, driver.Config{})
		if err != nil {
			t.Fatal(err)
		}
		db := sql.OpenDB(c)
		e, ok := errors.AsType[*pgconn.PgError](db.Ping())
		if _ = db.Close(); !ok || e.Code != "42704" {
			t.Errorf("%s: %v", option, e)
		}
	}
	if _, err := driver.NewConnector(w.AppDSN+"&search_path=app", driver.Config{}); err == nil {
		t.Error("search_path is taken")
	}
	c, err := driver.NewConnector(strings.Replace(w.AppDSN, "sslmode=disable", "application_name=app", 1), driver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	plain := sql.OpenDB(c)
	defer plain.Close()
	if err := plain.Ping(); err != nil {
		t.Errorf("without sslmode on a server without TLS: %v", err)
	}
	if err := w.libPQ(t, "application_name=app").Ping(); !errors.Is(err, pq.ErrSSLNotSupported) {
		t.Errorf("lib/pq without sslmode on a server without TLS: %v", err)
	}
}

// libPQMock: a mock hands out what it was given, so the test of a check that is dead stays green.
func libPQMock(t *testing.T) {
	db, mock, _ := drivertest.New(t, driver.Config{})
	mock.ExpectExec("INSERT").WillReturnError(&pq.Error{Code: "23505"})
	_, err := db.ExecContext(as("acme"), "INSERT INTO doc (name) VALUES ('a')")
	if _, ok := errors.AsType[*pq.Error](err); !ok {
		t.Errorf("got %v", err)
	}
}
