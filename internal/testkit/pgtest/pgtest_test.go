package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestMain(m *testing.M) { Main(m) }

func TestNewDBIsEmptyAndOwned(t *testing.T) {
	a, b := NewDB(t), NewDB(t)
	if a.Name == b.Name || a.AppRole == b.AppRole {
		t.Fatalf("two tests share a database or a role: %+v, %+v", a, b)
	}
	if got := current(t, a.Admin(t), "current_database()"); got != a.Name {
		t.Errorf("AdminDSN leads to %s, want %s", got, a.Name)
	}
	const tables = "(SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public')"
	if got := current(t, a.Admin(t), tables); got != "0" {
		t.Errorf("a new database holds %s tables", got)
	}
}

func TestNewDBInParallel(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			db := NewDB(t)
			if got := current(t, open(t, db.AppDSN), "current_database()"); got != db.Name {
				t.Errorf("AppDSN leads to %s, want %s", got, db.Name)
			}
		})
	}
}

func TestAppRoleMayOnlyConnect(t *testing.T) {
	db := NewDB(t)
	app := open(t, db.AppDSN)
	if got := current(t, app, "current_user || current_database()"); got != db.AppRole+db.Name {
		t.Errorf("AppDSN logs in as and to %s, want %s on %s", got, db.AppRole, db.Name)
	}
	for _, statement := range []string{"CREATE SCHEMA s", "CREATE TABLE public.t (i int)", "CREATE ROLE r",
		"SELECT * FROM pg_authid"} {
		if _, err := app.Exec(statement); code(err) != "42501" {
			t.Errorf("%s: %v, want permission denied", statement, err)
		}
	}
}

func TestNothingStaysAfterATest(t *testing.T) {
	outer := t
	var gone *DB
	t.Run("a test that leaves a mess", func(t *testing.T) {
		gone = NewDB(t)
		admin := gone.Admin(t)
		mustExec(t, admin, `CREATE ROLE "pgtest Tenant" NOLOGIN`)
		mustExec(t, admin, `CREATE SCHEMA x AUTHORIZATION "pgtest Tenant"`)
		mustExec(t, admin, `CREATE ROLE pgtest_group NOLOGIN`)
		mustExec(t, admin, `GRANT pgtest_group TO `+gone.AppRole)
		conn, err := pgx.Connect(context.Background(), gone.AppDSN) // stays open: the drop must not mind
		if err != nil {
			t.Fatal(err)
		}
		outer.Cleanup(func() { conn.Close(context.Background()) })
	})
	for _, n := range theCluster(t).nodes {
		databases, err := roles(n.admin, "SELECT datname FROM pg_database")
		if err != nil {
			t.Fatal(err)
		}
		there, err := roles(n.admin, allRoles)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(databases, gone.Name) {
			t.Errorf("%d: database %s is still there", n.port, gone.Name)
		}
		for _, role := range []string{gone.AppRole, "pgtest Tenant", "pgtest_group"} {
			if slices.Contains(there, role) {
				t.Errorf("%d: role %s is still there", n.port, role)
			}
		}
	}
}

func TestNewDBFromPreparesOnce(t *testing.T) {
	prepared := 0
	prepare := func(db *DB) {
		prepared++
		admin := db.Admin(t) // left open: NewDBFrom disconnects it
		mustExec(t, admin, "CREATE TABLE public.word (w text)")
		mustExec(t, admin, "INSERT INTO public.word VALUES ('template')")
		mustExec(t, admin, "GRANT SELECT ON public.word TO "+db.AppRole)
	}
	SkipOnCitus(t, "there is no template")
	name := rand.Text() // with -count, the template of another round is there
	for _, test := range []string{"first", "second"} {
		t.Run(test, func(t *testing.T) {
			db := NewDBFrom(t, name, prepare)
			if got := current(t, open(t, db.AppDSN), "(SELECT string_agg(w, ',') FROM word)"); got != "template" {
				t.Errorf("a clone holds %q, want the template's row only", got)
			}
			mustExec(t, db.Admin(t), "INSERT INTO public.word VALUES ('clone')")
		})
	}
	if prepared != 1 {
		t.Errorf("prepared %d times, want once", prepared)
	}
}

// failing is the testing.TB of a test that is expected to fail, which it does by a panic.
type failing struct{ testing.TB }

func (failing) Fatal(args ...any)              { panic(fmt.Sprint(args...)) }
func (failing) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

func TestNewDBFromAfterFailedPreparation(t *testing.T) {
	SkipOnCitus(t, "there is no template")
	name := rand.Text()
	for _, want := range []string{"my preparation", "failed in an earlier test"} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("%s, want %s", got, want)
				}
			}()
			NewDBFrom(failing{t}, name, func(*DB) { panic("my preparation") })
		}()
	}
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func current(t *testing.T, db *sql.DB, expression string) (text string) {
	t.Helper()
	if err := db.QueryRow("SELECT " + expression).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func code(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Code
	}
	return ""
}
