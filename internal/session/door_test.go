package session

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/params"
	"github.com/jackc/pgx/v5"
)

// door runs statements through a session, as package driver does. It is for one goroutine.
type door struct {
	*Session
	conn   *pgx.Conn
	tap    *tap
	events *[]Event
	// mutant says that Begin lets every text through: what Begin is asked about is judged by nobody. The filter asks
	// the guard as ever.
	mutant bool
	real   Guard
}

// doorway is how a door is to be made.
type doorway struct {
	mode      string
	pin       string
	allowWeak bool
	dsn       string                // another one than the application's
	shared    *Shared               // of another door, or nil
	configure func(*pgx.ConnConfig) // before it connects
}

var modeNames = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

// open connects as the application's role.
func (w *world) open(t *testing.T, way doorway) *door {
	t.Helper()
	var set []string
	if way.mode != "" {
		set = []string{"default_query_exec_mode", way.mode}
	}
	config, err := pgx.ParseConfig(withParams(t, cmp.Or(way.dsn, w.AppDSN), set...))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(config.RuntimeParams, params.Lexer)
	config.DescriptionCacheCapacity = DescriptionCapacity
	if way.configure != nil {
		way.configure(config)
	}
	d := &door{tap: &tap{}, real: testGuard(t), events: &[]Event{}}
	d.tap.under(config)
	shared := cmp.Or(way.shared, NewShared(Config{
		SystemSchema: "docex_system", Pin: way.pin, ModeNamed: way.mode != "", MaxTenants: 10, AllowWeakLogin: way.allowWeak,
		Guard: d.real, Report: func(_ context.Context, e Event) { *d.events = append(*d.events, e) },
	}))
	filter := Wire(config)
	if d.conn, err = pgx.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.conn.Close(context.Background()) }) // a test may have broken it
	if d.Session, err = shared.Open(t.Context(), d.conn, filter()); err != nil {
		t.Fatal(err)
	}
	return d
}

func testGuard(t *testing.T) Guard {
	t.Helper()
	g, err := guard.New(guard.Policy{MultiStatement: true, AllowSettings: []string{"work_mem"}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// anything is a guard that allows every text.
type anything struct{}

func (anything) Inspect(string, string) (guard.Effects, error) {
	return guard.Effects{Statements: 1}, nil
}

// begin is Begin, with the guard's verdict skipped by a mutant.
func (d *door) begin(ctx context.Context, r Request) (Operation, error) {
	if !d.mutant {
		return d.Begin(ctx, r)
	}
	d.shared.Guard = anything{}
	op, err := d.Begin(ctx, r)
	d.shared.Guard = d.real
	d.admission.guard = d.real
	return op, err
}

// exec runs a statement, which pgx sends as a simple Query when it has no arguments.
func (d *door) exec(ctx context.Context, text string, args ...any) error {
	op, err := d.begin(ctx, Request{Op: "exec", Text: text})
	if err != nil {
		return err
	}
	sent, mode, err := d.Text(&op, 0, len(args) == 0)
	if err == nil {
		_, err = d.conn.Exec(ctx, sent, withMode(mode, args)...)
	}
	return d.End(ctx, op, err)
}

// query returns the first column of a query's rows, with spaces between them.
func (d *door) query(ctx context.Context, text string, args ...any) (string, error) {
	op, err := d.begin(ctx, Request{Op: "query", Text: text})
	if err != nil {
		return "", err
	}
	sent, mode, err := d.Text(&op, 0, false)
	if err != nil {
		return "", d.End(ctx, op, err)
	}
	rows, err := d.conn.Query(ctx, sent, withMode(mode, args)...)
	more := err == nil && rows.Next() // pgx's stdlib reads the first row, too, before it returns
	if err == nil {
		err = rows.Err()
	}
	if err := d.End(ctx, op, err); err != nil {
		return "", err
	}
	defer rows.Close()
	var got []string
	for ; more; more = rows.Next() {
		var first string
		if err := rows.Scan(&first); err != nil {
			return "", err
		}
		got = append(got, first)
	}
	return strings.Join(got, " "), rows.Err()
}

func withMode(mode pgx.QueryExecMode, args []any) []any {
	if mode == 0 {
		return args
	}
	return append([]any{mode}, args...)
}

// prepare prepares a statement and runs it once.
func (d *door) prepare(ctx context.Context, text string, args ...any) error {
	op, err := d.begin(ctx, Request{Op: "prepare", Text: text, Prepare: true})
	if err != nil {
		return err
	}
	name := op.Tagged(text)
	_, err = d.conn.Prepare(ctx, name, name)
	if err := d.End(ctx, op, err); err != nil {
		return err
	}
	if op, err = d.begin(ctx, Request{Op: "exec", Text: text, PreparedFor: op.Tenant}); err != nil {
		return err
	}
	_, err = d.conn.Exec(ctx, name, args...)
	return d.End(ctx, op, err)
}

// batch sends statements together, each with the same arguments. That a batch needs a transaction is known before, or
// a first one finds it out.
func (d *door) batch(ctx context.Context, texts []string, args ...any) error {
	if !d.BatchNeedsTx() {
		if err := d.batchAsIs(ctx, texts, args...); err != ErrBatchNeedsTx {
			return err
		}
	}
	tx, err := d.beginTx(ctx)
	if err == nil {
		err = d.batchAsIs(ctx, texts, args...)
	}
	if err == nil {
		return d.commit(tx)
	}
	if tx != nil {
		defer d.RolledBack()
		defer d.Own("rollback")()
		_ = tx.Rollback(context.Background())
	}
	return err
}

func (d *door) batchAsIs(ctx context.Context, texts []string, args ...any) error {
	op, err := d.begin(ctx, Request{Op: "batch", Batch: texts})
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	var sent []string
	for _, text := range texts {
		sent = append(sent, op.Tagged(text))
		b.Queue(op.Tagged(text), args...)
	}
	if op.First != "" {
		b.QueuedQueries = slices.Insert(b.QueuedQueries, 0, &pgx.QueuedQuery{SQL: op.First})
	}
	err = d.SendBatch(&op, sent, func() error { return d.conn.SendBatch(ctx, b).Close() })
	return d.End(ctx, op, err)
}

// beginTx begins a transaction of pgx's, and commit ends it.
func (d *door) beginTx(ctx context.Context) (pgx.Tx, error) {
	op, err := d.begin(ctx, Request{Op: "begin", BeginTx: true})
	if err != nil {
		return nil, err
	}
	tx, err := d.conn.Begin(ctx)
	return tx, d.End(ctx, op, err)
}

func (d *door) commit(tx pgx.Tx) error {
	done := d.Own("commit")
	err := tx.Commit(context.Background())
	done()
	return d.Committed(err)
}

// tap keeps what a connection sends to the server. It lies below the gate. Safe for concurrent use: pgx says goodbye
// from another goroutine.
type tap struct {
	mu   sync.Mutex
	sent bytes.Buffer // guarded by mu
}

func (p *tap) under(config *pgx.ConnConfig) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return tapped{c, p}, nil
	}
}

// holds reports whether a text was sent.
func (p *tap) holds(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.sent.Bytes(), []byte(text))
}

func (p *tap) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent.Reset()
}

type tapped struct {
	net.Conn
	tap *tap
}

func (c tapped) Write(b []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.sent.Write(b)
	c.tap.mu.Unlock()
	return c.Conn.Write(b)
}
