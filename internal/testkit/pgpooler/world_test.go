package pgpooler_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/internal/testkit/pgpooler"
	"github.com/docex/docex/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// patience is for what takes no time unless it never happens.
const patience = time.Minute

// start opens a pooler in front of a new database.
func start(t *testing.T, o pgpooler.Options) *pgpooler.Pooler {
	t.Helper()
	return pgpooler.Start(t, pgtest.NewDB(t).AdminDSN, o)
}

// connect returns a plain client that prepares nothing.
func connect(t *testing.T, p *pgpooler.Pooler) *pgx.Conn {
	t.Helper()
	return connectMode(t, p, pgx.QueryExecModeExec)
}

func connectMode(t *testing.T, p *pgpooler.Pooler, mode pgx.QueryExecMode) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(p.DSN)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = mode
	c, err := pgx.ConnectConfig(within(t), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) }) // some have been thrown out
	return c
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

type queryer interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// ask returns the text of a query's only field.
func ask(t *testing.T, c queryer, query string, args ...any) (text string) {
	t.Helper()
	if err := c.QueryRow(within(t), "SELECT ("+query+")::text", args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

const backend = "pg_backend_pid()"

func exec(t *testing.T, c *pgx.Conn, statement string) {
	t.Helper()
	if _, err := c.Exec(within(t), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := pgconnCode(err); got != code {
		t.Errorf("got %v, want SQLSTATE %s", err, code)
	}
}

func key(c *pgx.Conn) string { return fmt.Sprint(c.PgConn().PID()) }

func pgconnCode(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
