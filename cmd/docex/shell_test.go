package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
)

// typist types lines into a shell, and does other things in between.
type typist struct {
	t     *testing.T
	admin *sql.DB
	db    *pgtest.DB

	shell      *shell
	out        bytes.Buffer // all that the shell writes
	interrupts chan os.Signal
}

func newTypist(t *testing.T) *typist {
	return newTypistAt(t, func(db *pgtest.DB) string { return db.AppDSN })
}

// newTypistAt is newTypist with another way to the database.
func newTypistAt(t *testing.T, appDSN func(*pgtest.DB) string) *typist {
	ty := &typist{t: t, db: pgtest.NewDB(t), interrupts: make(chan os.Signal, 1)}
	ty.admin = ty.db.Admin(t)
	ty.check(provisionTenants(ty.db, "acme"))
	cfg := config.Default()
	cfg.Database.AppDSN = config.DSN(appDSN(ty.db))
	s, err := openSession(cfg, scope.UserContext{TenantID: "acme", UserID: "u1"})
	ty.check(err)
	catalog, err := openCatalog(cfg)
	ty.check(err)
	t.Cleanup(func() {
		ty.check(s.close())
		ty.check(catalog.Close())
	})
	c := newCLI(strings.NewReader(""), &ty.out, &ty.out)
	ty.shell = &shell{cli: c, session: s, catalog: catalog, interrupts: ty.interrupts}
	return ty
}

func (ty *typist) check(err error) {
	ty.t.Helper()
	if err != nil {
		ty.t.Fatal(err)
	}
}

// types runs the shell. A step is a line to type, an error that reading gives, or a func() to call meanwhile. It
// returns what a user would see.
func (ty *typist) types(steps ...any) string {
	ty.t.Helper()
	ty.shell.readLine = func(prompt string) (string, error) {
		fmt.Fprint(&ty.out, prompt)
		for len(steps) > 0 {
			step := steps[0]
			steps = steps[1:]
			switch step := step.(type) {
			case func():
				step()
			case error:
				return "", step
			case string:
				fmt.Fprintln(&ty.out, step)
				return step, nil
			}
		}
		return "", io.EOF
	}
	ty.out.Reset()
	ty.check(ty.shell.loop(ty.t.Context()))
	return ty.out.String()
}

// sees fails the test unless the parts are in what was seen, in this order.
func (ty *typist) sees(seen string, parts ...string) {
	ty.t.Helper()
	rest := seen
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			ty.t.Fatalf("%q is not behind what comes before it in:\n%s", p, seen)
		}
		rest = after
	}
}

// waits reports whether a session of the application waits for a lock.
func (ty *typist) waits() (yes bool) {
	ty.t.Helper()
	ty.check(ty.admin.QueryRow(`SELECT count(*) > 0 FROM pg_stat_activity
		WHERE usename = $1 AND wait_event_type = 'Lock'`, ty.db.AppRole).Scan(&yes))
	return yes
}

func (ty *typist) execAdmin(query string, args ...any) {
	ty.t.Helper()
	_, err := ty.admin.Exec(query, args...)
	ty.check(err)
}

// killBackends ends the application's sessions, and returns when the server knows them no more.
func (ty *typist) killBackends() {
	ty.t.Helper()
	ty.execAdmin("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = $1", ty.db.AppRole)
}

// The statement waits for a lock, so that the server is in the middle of it. Before that it does not hear a request to
// cancel.
func TestShellInterruptsStatement(t *testing.T) {
	ty := newTypist(t)
	lock, err := ty.admin.Begin()
	ty.check(err)
	_, err = lock.Exec("LOCK TABLE tenant_acme.document")
	ty.check(err)
	go func() {
		for !ty.waits() && t.Context().Err() == nil {
		}
		ty.interrupts <- os.Interrupt
	}()
	seen := ty.types("BEGIN;", "INSERT INTO docbasket (name) VALUES ('x');", "SELECT count(*) FROM document;", func() {
		for ty.waits() { // the server was asked to end it, and left alone it never ends
		}
		ty.check(lock.Rollback())
	}, "SELECT count(*) FROM docbasket;")
	ty.sees(seen, "acme=*> SELECT count", "interrupted; the statement is cancelled", errTransactionLost.Error(),
		"acme=> SELECT count", " 0\n", "acme=> ")
}

// An interrupt that comes when nothing runs is not for the next statement.
func TestShellForgetsLateInterrupt(t *testing.T) {
	ty := newTypist(t)
	seen := ty.types(func() { ty.interrupts <- os.Interrupt }, "SELECT 'fine' AS x;")
	ty.sees(seen, " fine\n")
}

func TestShellClearsLine(t *testing.T) {
	ty := newTypist(t)
	seen := ty.types("SELECT 'a", errInterrupted, "SELECT 'b';", "SELECT 'c", errLineTooLong, "SELECT 'd';")
	ty.sees(seen, "acme-> ", "acme=> SELECT 'b'", " b\n", "acme-> ", "line is too long", "acme=> SELECT 'd'", " d\n")
}

func TestShellSurvivesLostConnection(t *testing.T) {
	ty := newTypist(t)
	seen := ty.types("BEGIN;", "INSERT INTO docbasket (name) VALUES ('x');", ty.killBackends, "SELECT 1;",
		"SELECT count(*) FROM docbasket;")
	ty.sees(seen, "acme=*> SELECT 1;\ndocex: ", errTransactionLost.Error(), "acme=> SELECT count", " 0\n")
	seen = ty.types(ty.killBackends, "SELECT 1;", "SELECT 'again' AS x;")
	if strings.Contains(seen, errTransactionLost.Error()) {
		t.Errorf("there was no transaction to lose:\n%s", seen)
	}
	ty.sees(seen, "docex: ", "acme=> SELECT 'again'", " again\n")
}

func TestShellSuspendedMeanwhile(t *testing.T) {
	ty := newTypist(t)
	seen := ty.types("TABLE docbasket;", func() { ty.check(suspendTenant(ty.db, "acme")) }, "TABLE docbasket;", `\d`,
		func() { ty.check(resumeTenant(ty.db, "acme")) }, "TABLE docbasket;")
	ty.sees(seen, "(0 rows)", "tenant is suspended", "try: docex tenant resume", `acme=> \d`, "tenant is suspended",
		"acme=> TABLE docbasket;", "(0 rows)")
}

func TestShellFollowsTransactions(t *testing.T) {
	ty := newTypist(t)
	seen := ty.types("START TRANSACTION;", "SAVEPOINT a;", "SELECT 1/0;", "SELECT 2;", "ROLLBACK TO a;",
		"CREATE TABLE x (i int);", "SELECT 3 AS x; -- three", "SELECT 1/0;", "COMMIT;", "SELECT 4 AS x;")
	ty.sees(seen, "acme=> START", "START TRANSACTION\n", "acme=*> SAVEPOINT a", "acme=*> SELECT 1/0", "division by zero",
		"acme!> SELECT 2", "current transaction is aborted", "acme!> ROLLBACK TO", "acme=*> CREATE", "guard: ",
		"acme=*> SELECT 3", " 3\n", "acme=*> SELECT 1/0", "acme!> COMMIT", "ROLLBACK\n", "acme=> SELECT 4", " 4\n")
}

// A constraint that is checked at COMMIT fails it, and ends the transaction.
func TestShellFailedCommit(t *testing.T) {
	ty := newTypist(t)
	ty.execAdmin(`ALTER TABLE tenant_acme.document ADD FOREIGN KEY (basket_id) REFERENCES tenant_acme.docbasket
		DEFERRABLE INITIALLY DEFERRED`)
	ty.execAdmin(`ALTER TABLE tenant_acme.document DROP CONSTRAINT document_basket_id_fkey`)
	insert := "INSERT INTO document (basket_id, name) VALUES (7, 'x');"
	failed := "violates foreign key"
	if pgtest.Citus() {
		failed = "could not commit transaction for shard" // the worker's reason is a warning
	}
	ty.sees(ty.types("BEGIN;", insert, "COMMIT;"), "INSERT 0 1", "acme=*> COMMIT", failed, "acme=> ")
	if seen := ty.types(insert); strings.Contains(seen, "INSERT 0 1") {
		t.Errorf("a statement that failed is said to be done:\n%s", seen)
	}
}

func TestShellEnds(t *testing.T) {
	ty := newTypist(t)
	ctx, cancel := context.WithCancel(t.Context())
	ty.shell.readLine = func(string) (string, error) {
		cancel()
		select {} // as a terminal that nobody types into
	}
	if err := ty.shell.loop(ctx); err != errEnded {
		t.Errorf("got %v, want %v", err, errEnded)
	}
}

// Behind a pooler each transaction is pinned, and each statement outside of one is a transaction.
func TestShellBehindPooler(t *testing.T) {
	ty := newTypistAt(t, func(db *pgtest.DB) string { return db.Pooler(t, "transaction", 1) })
	seen := ty.types("BEGIN;", "INSERT INTO docbasket (name) VALUES ('x');", "SELECT 1/0;", "ROLLBACK;",
		"SELECT count(*) FROM docbasket;", "INSERT INTO docbasket (name) VALUES ('y') RETURNING true AS b;", `\d docbasket`)
	ty.sees(seen, "BEGIN\n", "acme=*> INSERT", "INSERT 0 1", "division by zero", "acme!> ROLLBACK", "acme=> SELECT",
		" 0\n",
		" t\n", "INSERT 0 1", " name ", "docbasket_pkey")
}
