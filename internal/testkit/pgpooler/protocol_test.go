package pgpooler_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/docex/docex/internal/testkit/pgpooler"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// Each Sync of a pipeline ends a transaction, which the next one need not share a session with. Errors end their own
// only.
func TestPipeline(t *testing.T) {
	c := connect(t, start(t, pgpooler.Options{}))
	pipeline := c.PgConn().StartPipeline(within(t))
	for _, query := range []string{"SELECT 'a' || $1", "SELECT 1 / ($1::int - 1)", "SELECT 'c' || $1"} {
		pipeline.SendQueryParams(query, [][]byte{[]byte("1")}, nil, nil, nil)
		pipeline.SendQueryParams("SELECT pg_backend_pid()", nil, nil, nil, nil)
		pipeline.SendPipelineSync()
	}
	if err := pipeline.Flush(); err != nil { // all in one write
		t.Fatal(err)
	}
	var got []string
	for end := false; !end; {
		results, err := pipeline.GetResults()
		switch results := results.(type) {
		case *pgconn.ResultReader:
			read := results.Read()
			if err = read.Err; err == nil {
				got = append(got, string(read.Rows[0][0]))
			}
		case *pgconn.PipelineSync:
			got = append(got, "sync")
		case nil:
			end = err == nil
		}
		if err != nil {
			got = append(got, pgconnCode(err))
		}
	}
	if err := pipeline.Close(); err != nil {
		t.Error(err)
	}
	if len(got) != 8 {
		t.Fatalf("got %q", got)
	}
	first, last := got[1], got[6]
	if want := []string{"a1", first, "sync", "22012", "sync", "c1", last, "sync"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if first != last { // the one in between had the other session
		t.Errorf("three transactions in a row: the first in %s, the last in %s", first, last)
	}
	ask(t, c, backend)
}

// A pipeline that fills every buffer on its way, in both directions, gets through.
func TestLargePipeline(t *testing.T) {
	c := connect(t, start(t, pgpooler.Options{}))
	batch, large := &pgx.Batch{}, strings.Repeat("x", 100_000)
	const n = 200
	for range n {
		batch.Queue("SELECT $1::text", large)
	}
	results := c.SendBatch(within(t), batch)
	for range n {
		var got string
		if err := results.QueryRow().Scan(&got); err != nil || got != large {
			t.Fatalf("%d bytes came back of %d: %v", len(got), len(large), err)
		}
	}
	if err := results.Close(); err != nil {
		t.Error(err)
	}
}

func TestCopy(t *testing.T) {
	c := connect(t, start(t, pgpooler.Options{}))
	exec(t, c, "CREATE TABLE n (i int CHECK (i >= 0), t text)")
	const rows = 20_000
	from := func(n int) pgx.CopyFromSource {
		return pgx.CopyFromSlice(n, func(i int) ([]any, error) { return []any{i, strings.Repeat("y", 50)}, nil })
	}
	for range 3 {
		if n, err := c.CopyFrom(within(t), pgx.Identifier{"n"}, []string{"i", "t"}, from(rows)); err != nil || n != rows {
			t.Errorf("copied %d rows, %v", n, err)
		}
		var out bytes.Buffer
		if tag, err := c.PgConn().CopyTo(within(t), &out, "COPY n TO STDOUT"); err != nil || tag.RowsAffected() != rows {
			t.Errorf("copied out %v, %v", tag, err)
		}
		// Rows that the server refuses while more of them are on their way, and a source that gives up.
		refused := strings.NewReader("-1\tx\n" + strings.Repeat("1\tx\n", 100_000))
		_, err := c.PgConn().CopyFrom(within(t), refused, "COPY n FROM STDIN")
		wantCode(t, err, "23514")
		failing := pgx.CopyFromFunc(func() ([]any, error) { return nil, context.Canceled })
		_, err = c.CopyFrom(within(t), pgx.Identifier{"n"}, []string{"i", "t"}, failing)
		wantCode(t, err, "57014")
		// Two in one message.
		_, err = c.PgConn().CopyFrom(within(t), strings.NewReader("1\tz\n"), "COPY n FROM STDIN; DELETE FROM n")
		if err != nil {
			t.Error(err)
		}
		if got := ask(t, c, "SELECT count(*) FROM n"); got != "0" {
			t.Errorf("%s rows are left", got)
		}
	}
}

// A client may send its next message behind CopyDone, and wait for both answers then.
func TestMessageBehindCopy(t *testing.T) {
	c := connect(t, start(t, pgpooler.Options{}))
	exec(t, c, "CREATE TABLE n (i int)")
	if err := c.PgConn().SyncConn(within(t)); err != nil {
		t.Fatal(err)
	}
	hc, err := c.PgConn().Hijack()
	if err != nil {
		t.Fatal(err)
	}
	defer hc.Conn.Close()
	if err := hc.Conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		hc.Frontend.Send(&pgproto3.Query{String: "COPY n FROM STDIN"})
		answers := receive(t, hc.Frontend, 'G')
		hc.Frontend.Send(&pgproto3.CopyData{Data: []byte("1\n")})
		hc.Frontend.Send(&pgproto3.CopyDone{})
		hc.Frontend.Send(&pgproto3.Query{String: "SELECT 1"})
		answers += receive(t, hc.Frontend, 'Z') + receive(t, hc.Frontend, 'Z')
		if answers != "GCZTDCZ" {
			t.Errorf("the server's answers are %s", answers)
		}
	}
}

// receive flushes what was sent, and returns the types of the server's messages up to one of a certain type.
func receive(t *testing.T, fe *pgproto3.Frontend, last byte) (types string) {
	t.Helper()
	if err := fe.Flush(); err != nil {
		t.Fatal(err)
	}
	for !strings.HasSuffix(types, string(last)) {
		m, err := fe.Receive()
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := m.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		types += string(encoded[0])
	}
	return types
}

// The server's notices and parameters reach the client whose transaction they come up in.
func TestAsynchronousMessages(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 1})
	config, err := pgx.ParseConfig(p.DSN)
	if err != nil {
		t.Fatal(err)
	}
	var notices, notifications []string
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Message) }
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		notifications = append(notifications, n.Payload)
	}
	c, err := pgx.ConnectConfig(within(t), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(within(t))
	for _, name := range []string{"server_version", "client_encoding", "standard_conforming_strings"} {
		if c.PgConn().ParameterStatus(name) == "" {
			t.Errorf("at log-in %s is not reported", name)
		}
	}
	exec(t, c, "DO $$ BEGIN RAISE NOTICE 'mind'; END $$")
	exec(t, c, "LISTEN news; NOTIFY news, 'rain'")
	exec(t, c, "SET application_name = 'changed'")
	if got := c.PgConn().ParameterStatus("application_name"); got != "changed" {
		t.Errorf("application_name is reported as %q", got)
	}
	if got := fmt.Sprint(notices, notifications); got != "[mind] [rain]" {
		t.Errorf("got %s", got)
	}
}

// A cancel request hits the client's statement. With replayed keys it goes to the session that the keys are of.
func TestCancel(t *testing.T) {
	for name, replay := range map[string]bool{"keys of its own": false, "keys replayed": true} {
		t.Run(name, func(t *testing.T) {
			p := start(t, pgpooler.Options{Sessions: 1, ReplayKeys: replay})
			c := connect(t, p)
			ended := make(chan error, 1)
			ctx := within(t)
			go func() {
				_, err := c.Exec(ctx, "SELECT pg_sleep(3600)")
				ended <- err
			}()
			for { // requests that come before the statement hit nothing
				if err := c.PgConn().CancelRequest(ctx); err != nil {
					t.Fatal(err)
				}
				select {
				case err := <-ended:
					wantCode(t, err, "57014")
					ask(t, c, backend)
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
}

// A client that vanishes takes its transaction and its statement with it. The pool keeps its size.
func TestVanishedClients(t *testing.T) {
	db := pgtest.NewDB(t)
	admin, p := db.Admin(t), pgpooler.Start(t, db.AdminDSN, pgpooler.Options{Sessions: 1})
	exec(t, connect(t, p), "CREATE TABLE n (i int)")
	active := func() (n int) {
		const query = `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`
		if err := admin.QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 3 {
		c := connect(t, p)
		exec(t, c, "BEGIN")
		exec(t, c, "INSERT INTO n VALUES (1)")
		cut(t, c)

		busy, ended := connect(t, p), make(chan error, 1)
		ctx := within(t)
		go func() {
			_, err := busy.Exec(ctx, "SELECT pg_sleep(3600)")
			ended <- err
		}()
		for ctx.Err() == nil && active() == 0 { // the statement is on its way
		}
		cut(t, busy)
		if err := <-ended; err == nil {
			t.Error("no error")
		}
		if got := ask(t, connect(t, p), "SELECT count(*) FROM n"); got != "0" {
			t.Errorf("%s rows of a transaction that was left open", got)
		}
		if n := active(); n > 0 {
			t.Errorf("%d statements go on for nobody", n)
		}
	}
}

// cut ends a connection without a word.
func cut(t *testing.T, c *pgx.Conn) {
	t.Helper()
	if err := c.PgConn().Conn().Close(); err != nil {
		t.Error(err)
	}
}

// Many clients, few sessions: every answer reaches who asked, and no money is lost.
func TestCrowd(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 3, ReplayKeys: true})
	setup := connect(t, p)
	exec(t, setup, "CREATE TABLE account (id int PRIMARY KEY, money int)")
	exec(t, setup, "INSERT INTO account VALUES (0, 100), (1, 100)")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			c := connect(t, p)
			for i := range 50 {
				want := fmt.Sprint(g, i)
				if got := ask(t, c, "$1::text", want); got != want {
					t.Errorf("asked for %s, got %s", want, got)
				}
				err := pgx.BeginFunc(within(t), c, func(tx pgx.Tx) error {
					for from, by := range []int{-1, 1} {
						if _, err := tx.Exec(within(t), "UPDATE account SET money = money + $2 WHERE id = $1", from, by); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := ask(t, connect(t, p), "SELECT string_agg(money::text, ' ' ORDER BY id) FROM account"); got != "-300 500" {
		t.Errorf("the accounts are %s", got)
	}
}
