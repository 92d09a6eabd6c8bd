package driver_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
)

var everyByte = flag.Bool("everybyte", false, "cut long operations at every byte, too")

// The connection is cut somewhere in an operation, on the way to the server or back: nothing is written for another
// tenant or twice, what was reported as written is there, what cannot have arrived is not, and the pool goes on.
func TestCutAnywhere(t *testing.T) {
	w := newFaultWorld(t)
	goroutines, l := runtime.NumGoroutine(), &ledger{}
	for _, mode := range []string{"cache_statement", "simple_protocol"} {
		for _, op := range cutOperations {
			if mode == "simple_protocol" && !op.simple {
				continue
			}
			t.Run(mode+"/"+op.name, func(t *testing.T) {
				p := pgproxy.Start(t, w.AppDSN, 0)
				behind := &world{DB: &pgtest.DB{AppDSN: p.DSN}}
				c := &cutter{T: t, op: op, proxy: p, db: behind.open(t, 1, "default_query_exec_mode", mode, "docex_pin", "session"), ledger: l}
				c.cutEverywhere()
			})
		}
	}
	l.wantKept(t, w)
	wantGoroutines(t, goroutines)
}

// wantGoroutines fails the test unless, soon, no more than so many are left.
func wantGoroutines(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > want; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), want, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// cutter runs an operation again and again, and cuts it at another byte each time.
type cutter struct {
	*testing.T
	op     cutOperation
	proxy  *pgproxy.Proxy
	db     *sql.DB // of one connection
	ledger *ledger
}

func (c *cutter) cutEverywhere() {
	// The first pins of a connector are longer than the others: they ask the registry.
	for _, tenant := range []string{cutTenant, cutOther} {
		wantSeen(c, c.db, tenant)
	}
	c.renew()
	var whole pgproxy.Exchange
	c.attempt(func(f func() error) (err error) {
		whole, err = c.proxy.Record(f)
		return err
	}, func(err error) write {
		if err != nil {
			c.Fatal(err)
		}
		return write{outcome: committed, detail: "not cut"}
	})
	c.renew()
	for _, way := range []pgproxy.Direction{pgproxy.ToServer, pgproxy.ToClient} {
		total := whole.Bytes(way)
		for _, n := range offsets(whole.Messages[way]) {
			happened := false
			c.attempt(func(f func() error) error {
				disarm := c.proxy.CutAfter(way, n)
				defer func() { happened = disarm() }()
				return f()
			}, func(err error) write {
				if !happened {
					c.Errorf("not cut %v after %d of %d bytes: %v", way, n, total, err)
				}
				known := write{outcome: doubtful, detail: fmt.Sprintf("cut %v after %d of %d bytes: %v", way, n, total, err)}
				if err == nil {
					known.outcome = committed
				} else if way == pgproxy.ToServer && n < total && !pgtest.Citus() { // where it may run before its Sync comes
					known.outcome = undone
				}
				return known
			})
		}
	}
}

// renew closes the connection. Each attempt has a new one: the first two because of this, the others because theirs was
// cut.
func (c *cutter) renew() {
	c.db.SetMaxIdleConns(0)
	c.db.SetMaxIdleConns(1)
}

// attempt runs the operation once, the part to cut with cut, and enters what is known of its row then.
func (c *cutter) attempt(cut func(f func() error) error, judge func(error) write) {
	c.Helper()
	c.wantPool()
	a := &attempt{T: c.T, db: c.db, ctx: as(cutTenant), row: c.ledger.newName()}
	a.cut = func(f func() error) { a.err = cut(f) }
	a.other() // not the first use of the connection: pgx pings before the second, which is not to be cut
	c.op.run(a)
	known := judge(a.err)
	known.tenant, known.detail = cutTenant, c.Name()+", "+known.detail
	if c.op.dies {
		known.outcome = undone
	}
	c.ledger.note(a.row, known)
}

// wantPool fails the test unless the pool works. One failure is no defect: a connection that was cut behind an answer
// may seem to be whole.
func (c *cutter) wantPool() {
	c.Helper()
	got, err := seen(as(cutOther), c.db)
	if err != nil {
		got, err = seen(as(cutOther), c.db)
	}
	if err != nil || got != cutOther {
		c.Fatalf("the pool has not recovered: as %s, saw the data of %q, %v", cutOther, got, err)
	}
}

// offsets are where to cut messages: everywhere, if they are short or the flag says so. Otherwise behind each message
// and in front of its last byte, and here and there.
func offsets(messages []pgproxy.Message) (at []int) {
	end, total := 0, pgproxy.Exchange{Messages: [2][]pgproxy.Message{messages}}.Bytes(0)
	ends := map[int]bool{0: true}
	for _, m := range messages {
		end += m.Len
		ends[end] = true
	}
	const short, stride = 100, 31
	for n := range total + 1 {
		if *everyByte || total <= short || ends[n] || ends[n+1] || n%stride == 0 {
			at = append(at, n)
		}
	}
	return at
}

// attempt is one run of an operation.
type attempt struct {
	*testing.T
	db  *sql.DB
	ctx context.Context      // of cutTenant
	row string               // name of the row to write
	cut func(f func() error) // runs the part that is cut, once
	err error                // how that ended
}

// other lets the other tenant use the connection.
func (a *attempt) other() {
	a.Helper()
	wantSeen(a, a.db, cutOther)
}

// must ends the test at an error of what is not cut.
func (a *attempt) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

func (a *attempt) begin() *sql.Tx {
	a.Helper()
	tx, err := a.db.BeginTx(a.ctx, nil)
	a.must(err)
	return tx
}

func (a *attempt) insert(q queryer) error {
	_, err := q.ExecContext(a.ctx, insertOwn, a.row, cutTenant)
	return err
}
