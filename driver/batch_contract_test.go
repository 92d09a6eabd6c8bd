package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// batchCase is a batch with what SendBatch makes of it, wherever it is sent.
type batchCase struct {
	name  string
	queue func(b *pgx.Batch, called *int)
	want  batchEnd
}

func (c batchCase) failsAtCommit() bool { return c.want.Code == onceFails(batchEnd{}).Code }

// batchEnd is how a batch ended.
type batchEnd struct {
	Callback bool   // the error is, or holds, errCallback
	Code     string // the SQLSTATE of the server's error, or ""
	Unknown  bool   // the error is, or holds, driver.ErrOutcomeUnknown
	Panic    any
	Rows     int // of those that the batch wrote
	Called   int // callbacks
}

// insertOnce fails at COMMIT when it is run twice.
const insertOnce = "INSERT INTO docbasket (name, description) VALUES ('new-' || gen_random_uuid(), 'once')"

// counted is a callback that returns err.
func counted(called *int, err error) func(pgconn.CommandTag) error {
	return func(pgconn.CommandTag) error { *called++; return err }
}

// onceFails is how a batch ends that runs insertOnce twice. The coordinator of Citus says only that it could not commit.
func onceFails(end batchEnd) batchEnd {
	end.Code, end.Unknown = "23505", pgtest.Citus()
	if end.Unknown {
		end.Code = "XX000"
	}
	return end
}

var batchCases = []batchCase{
	{"nothing fails", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce).Exec(counted(called, nil))
		b.Queue("SELECT 1").Exec(counted(called, nil))
	}, batchEnd{Rows: 1, Called: 2}},
	{"a callback's error undoes nothing and ends the callbacks", func(b *pgx.Batch, called *int) {
		b.Queue("SELECT 1").Exec(counted(called, errCallback))
		b.Queue(insertOnce).Exec(counted(called, nil))
	}, batchEnd{Callback: true, Rows: 1, Called: 1}},
	{"a callback's error and COMMIT's", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce).Exec(counted(called, errCallback))
		b.Queue(insertOnce)
	}, onceFails(batchEnd{Callback: true, Called: 1})},
	{"COMMIT's error", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce).Exec(counted(called, nil))
		b.Queue(insertOnce) // in simple_protocol the last statement has COMMIT's error, and so no result
	}, onceFails(batchEnd{Called: 1})},
	{"a callback's error and a later statement's", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce).Exec(counted(called, errCallback))
		b.Queue("SELECT 1 / (SELECT 0)").Exec(counted(called, nil))
	}, batchEnd{Callback: true, Code: "22012", Called: 1}},
	{"a callback that returns an error of its own for the server's", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (SELECT 0)").QueryRow(func(r pgx.Row) error {
			*called++
			if r.Scan(new(int)) != nil {
				return errCallback
			}
			return nil
		})
	}, batchEnd{Callback: true, Code: "22012", Called: 1}},
	{"a callback that wraps the server's error", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (SELECT 0)").QueryRow(func(r pgx.Row) error {
			*called++
			return fmt.Errorf("%w: %w", errCallback, r.Scan(new(int)))
		})
	}, batchEnd{Callback: true, Code: "22012", Called: 1}},
	{"a callback that ignores its rows' error", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (SELECT 0)").Query(func(r pgx.Rows) error {
			for *called++; r.Next(); {
			}
			return nil
		})
	}, batchEnd{Code: "22012", Called: 1}},
	{"a callback that ignores its row's error", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (SELECT 0)").QueryRow(func(r pgx.Row) error { *called++; return nil })
	}, batchEnd{Code: "22012", Called: 1}},
	{"a callback that ignores its results' error", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (SELECT 0)").Fn = func(r pgx.BatchResults) error {
			*called++
			_, _ = r.Exec()
			return nil
		}
	}, batchEnd{Code: "22012", Called: 1}},
	{"a callback that reads nothing", func(b *pgx.Batch, called *int) {
		b.Queue("SELECT generate_series(1, 10000)").Fn = func(pgx.BatchResults) error { *called++; return nil }
		b.Queue("SELECT generate_series(1, 10000)").Query(func(pgx.Rows) error { *called++; return nil })
		b.Queue(insertOnce).Exec(counted(called, nil))
	}, batchEnd{Rows: 1, Called: 3}},
	{"a callback that reads nothing of what fails", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (SELECT 0)").Fn = func(pgx.BatchResults) error { *called++; return nil }
	}, batchEnd{Code: "22012", Called: 1}},
	{"a callback that reads one row", func(b *pgx.Batch, called *int) {
		b.Queue("SELECT generate_series(1, 10000)").Query(func(r pgx.Rows) error { *called++; r.Next(); return nil })
		b.Queue(insertOnce).Exec(counted(called, nil))
	}, batchEnd{Rows: 1, Called: 2}},
	{"a callback that reads one row in front of the one that fails", func(b *pgx.Batch, called *int) {
		b.Queue(insertOnce)
		b.Queue("SELECT 1 / (9999 - g) FROM generate_series(1, 10000) g").Query(func(r pgx.Rows) error {
			*called++
			r.Next()
			return nil
		})
	}, batchEnd{Code: "22012", Called: 1}},
	{"a callback that cannot scan", func(b *pgx.Batch, called *int) {
		b.Queue("SELECT 'x'").QueryRow(func(r pgx.Row) error {
			*called++
			if r.Scan(new(int)) == nil {
				return nil
			}
			return errCallback
		})
		b.Queue(insertOnce).Exec(counted(called, nil))
	}, batchEnd{Callback: true, Rows: 1, Called: 1}},
	{"a callback that panics", func(b *pgx.Batch, called *int) {
		b.Queue("SELECT 1").Exec(func(pgconn.CommandTag) error { *called++; panic("a mistake") })
		b.Queue(insertOnce).Exec(counted(called, nil))
	}, batchEnd{Panic: "a mistake", Rows: 1, Called: 1}},
	{"a callback that panics before its rows are read", func(b *pgx.Batch, called *int) {
		b.Queue("SELECT generate_series(1, 10000)").Query(func(r pgx.Rows) error { *called++; r.Next(); panic("a mistake") })
		b.Queue(insertOnce).Exec(counted(called, nil))
	}, batchEnd{Panic: "a mistake", Rows: 1, Called: 1}},
}

// The contract of SendBatch is the same on a direct connection, behind a pooler, with docex_pin=transaction and inside
// a transaction, in every execution mode: what the server has done stays done whatever a callback says, and what it has
// not done is an error whatever a callback says.
func TestBatchContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mustExec(t, w.admin, "ALTER TABLE tenant_acme.docbasket ADD CONSTRAINT once UNIQUE (description) "+
		"DEFERRABLE INITIALLY DEFERRED")
	pooled := w.Pooler(t, "transaction", 1)
	places := map[string]*sql.DB{"pooled": w.openConnector(t, 1, w.connectorTo(t, pooled))}
	for _, mode := range modes {
		places["direct "+mode] = w.open(t, 1, "default_query_exec_mode", mode)
		if mode != "describe_exec" {
			places["docex_pin=transaction "+mode] = w.open(t, 1, "docex_pin", "transaction", "default_query_exec_mode", mode)
		}
		if mode == "exec" || mode == "simple_protocol" {
			places["pooled "+mode] = w.openConnector(t, 1, w.connectorTo(t, pooled, "default_query_exec_mode", mode))
		}
	}
	for place, db := range places {
		for _, bc := range batchCases {
			t.Run(place+"/"+bc.name, func(t *testing.T) {
				if diff := cmp.Diff(bc.want, sendCase(t, w, db, bc)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				want := bc.want
				if bc.failsAtCommit() {
					want.Code, want.Unknown = "", false // which are of the transaction's COMMIT
				}
				if diff := cmp.Diff(want, sendCaseInTx(t, w, db, bc)); diff != "" {
					t.Errorf("in a transaction (-want +got):\n%s", diff)
				}
				wantSeen(t, db, "globex")
			})
		}
		wantClean(t, db)
	}
}

func sendCase(t *testing.T, w *world, db *sql.DB, bc batchCase) (end batchEnd) {
	t.Helper()
	c := checkout(t, db)
	defer c.Close()
	end.send(as("acme"), c, bc)
	wantSeen(t, c, "acme") // the connection goes on
	end.Rows = w.takeOnce(t)
	return end
}

// sendCaseInTx sends the batch in a transaction, which is committed. The COMMIT fails if the batch's would have.
func sendCaseInTx(t *testing.T, w *world, db *sql.DB, bc batchCase) (end batchEnd) {
	t.Helper()
	c := checkout(t, db)
	defer c.Close()
	tx := beginOn(t, c, as("acme"))
	end.send(as("acme"), c, bc)
	err := tx.Commit()
	switch {
	case bc.want.Code == "":
		finish(t, err)
	case bc.failsAtCommit():
		wantCommitError(t, "COMMIT", err, bc.want.Code, bc.want.Unknown)
	case !errors.Is(err, pgx.ErrTxCommitRollback):
		t.Errorf("COMMIT: got %v, want %v", err, pgx.ErrTxCommitRollback)
	}
	end.Rows = w.takeOnce(t)
	return end
}

func (e *batchEnd) send(ctx context.Context, c *sql.Conn, bc batchCase) {
	b := &pgx.Batch{}
	bc.queue(b, &e.Called)
	defer func() { e.Panic = recover() }()
	err := driver.SendBatch(ctx, c, b)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		e.Code = pgErr.Code
	}
	e.Unknown = errors.Is(err, driver.ErrOutcomeUnknown)
	if e.Callback = errors.Is(err, errCallback); err != nil && !e.Callback && e.Code == "" {
		e.Code = err.Error()
	}
}

// takeOnce counts the rows of insertOnce, and removes them.
func (w *world) takeOnce(t *testing.T) int {
	t.Helper()
	res, err := w.admin.Exec("DELETE FROM tenant_acme.docbasket WHERE description = 'once'")
	if err != nil {
		t.Fatal(err)
	}
	n, err := res.RowsAffected()
	finish(t, err)
	return int(n)
}

// A batch whose answer is lost is an error even when its callbacks ignore that.
func TestBatchAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := pgproxy.Start(t, w.AppDSN, 0)
	ignorant := &pgx.Batch{}
	ignorant.Queue("SELECT g FROM generate_series(1, 3) g").Query(func(r pgx.Rows) error {
		for r.Next() {
		}
		return nil
	})
	ignorant.Queue("SELECT 1").QueryRow(func(pgx.Row) error { return nil })
	ignorant.Queue("SELECT 1").Fn = func(r pgx.BatchResults) error { _, _ = r.Exec(); return nil }
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.openConnector(t, 1, w.connectorTo(t, p.DSN, append(mode, "docex_pin", "session")...))
		send := func() error {
			c := checkout(t, db)
			defer c.Close()
			return driver.SendBatch(as("acme"), c, ignorant)
		}
		wantSeen(t, db, "acme")
		renew := func() { // each connection is new, and describes the batch
			db.SetMaxIdleConns(0)
			db.SetMaxIdleConns(1)
			finish(t, db.Ping())
			finish(t, db.Ping()) // for which pgx looks whether the server is there, and not for the next
		}
		renew()
		whole, err := p.Record(send)
		finish(t, err)
		messages, n := whole.Messages[pgproxy.ToClient], 0
		for _, m := range messages[:len(messages)-1] {
			n += m.Len
			renew()
			disarm := p.CutAfter(pgproxy.ToClient, n)
			err := send()
			if happened := disarm(); happened && err == nil {
				t.Errorf("cut after %d bytes, and no error", n)
			} else if !happened {
				t.Errorf("not cut after %d bytes: %v", n, err)
			}
		}
		wantClean(t, db)
	})
}
