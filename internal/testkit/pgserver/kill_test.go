package pgserver

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// A killed server comes back with what was committed and without what was not.
func TestKill(t *testing.T) {
	s := start(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"SET synchronous_commit = on", "CREATE TABLE kept (a int)", "INSERT INTO kept VALUES (1)", "BEGIN",
		"INSERT INTO kept VALUES (2)",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	before := ask(t, s, "SELECT pg_postmaster_start_time()::text")
	if err := s.Kill(ctx); err != nil {
		t.Fatal(err)
	}
	if after := ask(t, s, "SELECT pg_postmaster_start_time()::text"); after == before {
		t.Error("the server has not been started anew")
	}
	if err := conn.Ping(ctx); err == nil {
		t.Error("the old connection still works")
	}
	conn, err = pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var rows int
	if err := conn.QueryRow(ctx, "SELECT sum(a) FROM kept").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("the sum is %d, %v, want that of the committed row, 1", rows, err)
	}
	dir := s.process.dir
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	gone(t, dir, s.DSN("postgres"))
}
