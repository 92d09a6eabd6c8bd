package pgpooler_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/docex/docex/internal/testkit/pgpooler"
)

// A statement that a client has prepared is there in whichever session it gets, if statements are tracked.
func TestTrackedStatements(t *testing.T) {
	p := start(t, pgpooler.Options{TrackStatements: true})
	for range 2 {
		c := connectMode(t, p, pgx.QueryExecModeCacheStatement)
		sessions := map[string]bool{}
		for range 4 {
			sessions[ask(t, c, backend)] = true
		}
		if len(sessions) != 2 {
			t.Errorf("one prepared statement ran in %d sessions, want 2", len(sessions))
		}
		for _, code := range []string{"42P01", ""} { // what was not prepared is prepared again
			_, err := c.Prepare(within(t), "late", "SELECT * FROM late")
			wantCode(t, err, code)
			exec(t, c, "CREATE TABLE IF NOT EXISTS late ()")
		}
		exec(t, c, "DROP TABLE late")
		if err := c.DeallocateAll(within(t)); err != nil {
			t.Error(err)
		}
	}
}

func TestStatementsThatNobodyTracks(t *testing.T) {
	c := connectMode(t, start(t, pgpooler.Options{}), pgx.QueryExecModeCacheStatement)
	_, err := c.Exec(within(t), "SELECT $1::int", 1)
	wantCode(t, err, "26000")
}

// Two clients prepare the same text under different names, and share the statement in each session: what it was planned
// for first is what both get.
func TestClientsShareTrackedStatements(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 1, TrackStatements: true})
	for i, name := range []string{"mine", "yours"} {
		c := connect(t, p)
		exec(t, c, []string{"SET my.type = 'first'", "SET my.type = 'second'"}[i])
		if _, err := c.Prepare(within(t), name, "SELECT name FROM pg_prepared_statements"); err != nil {
			t.Fatal(err)
		}
		rows, err := c.Query(within(t), name)
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(names) != 1 || names[0] == name {
			t.Errorf("statements of the session: %q, %v, want one under a name of the pooler's", names, err)
		}
		if err := c.Deallocate(within(t), name); err != nil {
			t.Error(err)
		}
		if _, err := c.PgConn().ExecPrepared(within(t), name, nil, nil, nil).Close(); pgconnCode(err) != "26000" {
			t.Errorf("a statement that its client has closed: %v", err)
		}
	}
}

// The types of a shared statement are those that it has for its first client.
func TestSharedStatementsRound(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 1, TrackStatements: true})
	setup := connect(t, p)
	exec(t, setup, "CREATE SCHEMA narrow CREATE TABLE n (x real)")
	exec(t, setup, "CREATE SCHEMA wide CREATE TABLE n (x double precision)")
	for _, schema := range []string{"narrow", "wide"} {
		c := connectMode(t, p, pgx.QueryExecModeCacheStatement)
		exec(t, c, "SET search_path = "+schema)
		if _, err := c.Exec(within(t), "INSERT INTO n VALUES ($1)", 16777217.0); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, c, "SELECT x::double precision FROM n", pgx.QueryExecModeExec); got != "16777216" {
			t.Errorf("%s holds %s", schema, got)
		}
	}
}
