package driver_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// recorder notes the messages that pgx sends, by their letters (PostgreSQL manual, 55.7 "Message Formats"); a
// statement's name that is not empty is noted behind P (Parse) and B (Bind) as "n".
type recorder struct {
	w   io.Writer
	log bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) {
	for rest := p; len(rest) >= 5; {
		n := 1 + int(binary.BigEndian.Uint32(rest[1:]))
		if n > len(rest) {
			break
		}
		if kind := rest[0]; kind >= 'B' && kind <= 'S' {
			r.note(kind, rest[5:n])
		}
		rest = rest[n:]
	}
	return r.w.Write(p)
}

func (r *recorder) note(kind byte, body []byte) {
	r.log.WriteByte(kind)
	if kind == 'B' { // the portal's name comes first
		_, body, _ = bytes.Cut(body, []byte{0})
	}
	if (kind == 'P' || kind == 'B') && len(body) > 0 && body[0] != 0 {
		r.log.WriteByte('n')
	}
}

// take returns the messages since the last call.
func (r *recorder) take() string {
	s := r.log.String()
	r.log.Reset()
	return s
}

// recorded connects through pgx alone.
func recorded(t *testing.T, dsn string, mode pgx.QueryExecMode) (*pgx.Conn, *recorder) {
	t.Helper()
	pc, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	r := new(recorder)
	pc.BuildFrontend = func(in io.Reader, out io.Writer) *pgproto3.Frontend {
		r.w = out
		return pgproto3.NewFrontend(in, r)
	}
	pc.DefaultQueryExecMode = mode
	c, err := pgx.ConnectConfig(context.Background(), pc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	r.take()
	return c, r
}

// TestExecModesOnTheWire holds what execMode is built on: how often each mode of pgx sends Sync, and what it binds
// after one. P Parse, D Describe, S Sync, B Bind, E Execute, Q Query; n behind P and B: by name.
func TestExecModesOnTheWire(t *testing.T) {
	db := pgtest.NewDB(t)
	ctx := context.Background()
	for mode, want := range map[pgx.QueryExecMode][2]string{ // the first time, and later
		pgx.QueryExecModeCacheStatement: {"PnDSBnES", "BnES"},
		pgx.QueryExecModeCacheDescribe:  {"PDSPBDES", "PBDES"},
		pgx.QueryExecModeDescribeExec:   {"PDSBES", "PDSBES"},
		pgx.QueryExecModeExec:           {"PBDES", "PBDES"},
		pgx.QueryExecModeSimpleProtocol: {"Q", "Q"},
	} {
		c, r := recorded(t, db.AppDSN, mode)
		var n int
		for _, want := range want {
			if err := c.QueryRow(ctx, "SELECT $1::int", 7).Scan(&n); err != nil || n != 7 {
				t.Errorf("%v: %d, %v", mode, n, err)
			}
			if diff := cmp.Diff(want, r.take()); diff != "" {
				t.Errorf("%v: %s", mode, diff)
			}
		}
		// What database/sql's Prepare does: by name, in every mode.
		if _, err := c.Prepare(ctx, "SELECT $1::int + 1", "SELECT $1::int + 1"); err != nil {
			t.Fatal(err)
		}
		if err := c.QueryRow(ctx, "SELECT $1::int + 1", 7).Scan(&n); err != nil || n != 8 {
			t.Errorf("%v, prepared: %d, %v", mode, n, err)
		}
		if diff := cmp.Diff("PnDSBnES", r.take()); diff != "" {
			t.Errorf("%v, prepared: %s", mode, diff)
		}
	}
}

// TestUnnamedStatementBehindPooler is why describe_exec is refused: the Bind of one client meets the statement that
// another has parsed. A pooler that comes to prevent it would make this test fail.
func TestUnnamedStatementBehindPooler(t *testing.T) {
	dsn := pgtest.NewDB(t).Pooler(t, "transaction", 1)
	ctx := context.Background()
	mine, _ := recorded(t, dsn, pgx.QueryExecModeExec)
	theirs, _ := recorded(t, dsn, pgx.QueryExecModeExec)
	if _, err := mine.PgConn().Prepare(ctx, "", "SELECT 'mine'", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.PgConn().Prepare(ctx, "", "SELECT 'theirs'", nil); err != nil {
		t.Fatal(err)
	}
	if got := bound(mine.PgConn()); got != "theirs" {
		t.Errorf("the unnamed statement is %q; is describe_exec safe behind PgBouncer now?", got)
	}
}

// bound executes the unnamed statement as it is.
func bound(c *pgconn.PgConn) string {
	r := c.ExecPrepared(context.Background(), "", nil, nil, nil).Read()
	if r.Err != nil || len(r.Rows) != 1 {
		return "nothing"
	}
	return string(r.Rows[0][0])
}

// A mode that does not go with the pins refuses the connection: with describe_exec, a pin in front of the Bind took the
// statement's place, so that reads found nothing and writes wrote nothing, without an error.
func TestNamedModeBehindPooler(t *testing.T) {
	w := newWorld(t)
	behind := &world{DB: &pgtest.DB{AppDSN: w.Pooler(t, "transaction", 1)}}
	const update = "UPDATE docbasket SET description = 'x'"
	for _, c := range []struct {
		w         *world
		pin, mode string
		refused   bool
		pooler    bool
	}{
		{behind, "auto", "cache_statement", true, true},
		{behind, "auto", "describe_exec", true, true},
		{behind, "auto", "cache_describe", false, false},
		{behind, "transaction", "describe_exec", true, false},
		{w, "transaction", "describe_exec", true, false},
		{w, "transaction", "cache_statement", false, false},
		{w, "auto", "describe_exec", false, false},
	} {
		db := c.w.open(t, 1, "docex_pin", c.pin, "default_query_exec_mode", c.mode)
		_, err := db.ExecContext(as("acme"), update)
		var typed *driver.Error
		if refused := errors.As(err, &typed); refused != c.refused || !refused && err != nil || errors.Is(err, driver.ErrPooler) != c.pooler {
			t.Errorf("docex_pin=%s, %s: got %v", c.pin, c.mode, err)
		}
		if !c.refused {
			wantSeen(t, db, "acme")
		}
	}
}
