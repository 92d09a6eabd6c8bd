package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestScripts runs testdata/script, each file with an empty database of its own. Beside testscript's own commands:
//
//	sql 'SELECT …'         runs SQL as the administrator and prints rows, fields apart by |
//	exitcode N docex ARG…  runs a program and wants that exit code
//
// and the conditions [pg15], for a server of that version, and [citus].
// $DOCEX_ADMIN_DSN and $DOCEX_APP_DSN lead to the database, $APP_ROLE is the application's login and $APP_PASSWORD its
// password, $DATABASE the database's name.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUpDatabase,
		Cmds:  scriptCommands,
		Condition: func(name string) (bool, error) {
			return name == "pg15" && pgtest.Server(t).Version()/10000 == 15 || name == "citus" && pgtest.Citus(), nil
		},
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}

// What scripts keep for their commands: the *pgtest.DB, and the testing.TB.
type databaseKey struct{}
type testKey struct{}

// database is the script's.
func database(ts *testscript.TestScript) *pgtest.DB { return ts.Value(databaseKey{}).(*pgtest.DB) }

func setUpDatabase(e *testscript.Env) error {
	t := e.T().(testing.TB) // testscript.Run's always is one
	db := pgtest.NewDB(t)
	app, err := url.Parse(db.AppDSN)
	if err != nil {
		return err
	}
	password, _ := app.User.Password()
	e.Setenv("APP_PASSWORD", password)
	e.Values[databaseKey{}], e.Values[testKey{}] = db, t
	e.Setenv("PATH", os.Getenv("PATH")) // since the server runs, it has its client programs first
	e.Setenv("DOCEX_ADMIN_DSN", db.AdminDSN)
	e.Setenv("DOCEX_APP_DSN", db.AppDSN)
	e.Setenv("APP_ROLE", db.AppRole)
	e.Setenv("DATABASE", db.Name)
	e.Setenv(envDistribution, db.Distribution)
	if pgtest.Citus() {
		if err := distributed(e.WorkDir, db.Distribution); err != nil {
			return err
		}
	}
	e.Setenv("DOCEX_ACTOR", "tester")
	e.Setenv("GORACE", "atexit_sleep_ms=0") // a program that was built with -race waits a second at its end
	return nil
}

// distributed lets the script's configuration files that lead to a database say what it is.
func distributed(dir, distribution string) error {
	const key = "provision:\n"
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte("admin_dsn:")) || bytes.Contains(text, []byte("distribution:")) {
			return err
		}
		before, after, _ := strings.Cut(strings.TrimSuffix(string(text), "\n")+"\n", key)
		return os.WriteFile(path, []byte(before+key+"  distribution: "+distribution+"\n"+after), 0o600)
	})
}

var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"sql":      sqlCommand,
	"exitcode": exitCodeCommand,
}

func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	runSQL(ts, database(ts).AdminDSN, neg, args)
}

func runSQL(ts *testscript.TestScript, dsn string, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sql 'SELECT …'")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	ts.Check(err)
	defer conn.Close(ctx)
	results, err := conn.PgConn().Exec(ctx, args[0]).ReadAll()
	ts.Check(err)
	printResults(ts.Stdout(), results)
}

func printResults(w io.Writer, results []*pgconn.Result) {
	for _, r := range results {
		for _, row := range r.Rows {
			fields := make([]string, len(row))
			for i, f := range row {
				fields[i] = string(f)
			}
			fmt.Fprintln(w, strings.Join(fields, "|"))
		}
	}
}

func exitCodeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N program ARG…")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s: exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}
