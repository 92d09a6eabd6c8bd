package upgrade

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
)

// load is programs at work for all tenants.
type load struct {
	t       *testing.T
	db      *sql.DB
	ids     []string
	written []atomic.Int64 // entries that were committed, by tenant
	ops     atomic.Int64
	warm    chan struct{} // closed when there were operations for all tenants, on average ten
	longest atomic.Int64  // that an operation took
	stop    atomic.Bool
	running sync.WaitGroup
}

func startLoad(t *testing.T, dsn string, ids []string, workers int) *load {
	t.Helper()
	connector, err := driver.NewConnector(dsn, driver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l := &load{t: t, db: sql.OpenDB(connector), ids: ids, written: make([]atomic.Int64, len(ids)),
		warm: make(chan struct{})}
	l.db.SetMaxOpenConns(workers)
	l.db.SetMaxIdleConns(workers)
	for w := range workers {
		l.running.Go(func() { l.work(w) })
	}
	t.Cleanup(func() { l.end(); l.db.Close() })
	return l
}

func (l *load) end() {
	l.stop.Store(true)
	l.running.Wait()
}

// untilWarm waits until the programs' statements are prepared for most tenants, or they have failed.
func (l *load) untilWarm() {
	ended := make(chan struct{})
	go func() { l.running.Wait(); close(ended) }()
	select {
	case <-l.warm:
	case <-ended:
	}
}

// work does one operation after the other, each for a tenant that is drawn.
func (l *load) work(worker int) {
	operations := []func(ctx context.Context, tenant, worker int) error{l.read, l.write, l.transfer, l.transfer}
	for !l.stop.Load() && !l.t.Failed() {
		tenant := rand.N(len(l.ids))
		ctx := scope.With(context.Background(), scope.UserContext{UserID: "u", TenantID: l.ids[tenant]})
		began := time.Now()
		if err := operations[rand.N(len(operations))](ctx, tenant, worker); err != nil {
			l.t.Errorf("%s: %v", l.ids[tenant], err)
			return
		}
		if l.ops.Add(1) == int64(10*len(l.ids)) {
			close(l.warm)
		}
		for took := int64(time.Since(began)); ; {
			longest := l.longest.Load()
			if took <= longest || l.longest.CompareAndSwap(longest, took) {
				break
			}
		}
	}
}

// read is one statement outside a transaction.
func (l *load) read(ctx context.Context, tenant, _ int) error {
	var owner string
	var n, sum int64
	const query = `SELECT o.tenant, count(*), sum(a.balance) FROM owner AS o CROSS JOIN account AS a GROUP BY o.tenant`
	if err := l.db.QueryRowContext(ctx, query).Scan(&owner, &n, &sum); err != nil {
		return err
	}
	if owner != l.ids[tenant] || n != accounts || sum != total {
		return fmt.Errorf("wrong rows: owner %q, %d accounts, sum %d", owner, n, sum)
	}
	return nil
}

// write adds an entry outside a transaction.
func (l *load) write(ctx context.Context, tenant, worker int) error {
	_, err := l.db.ExecContext(ctx, `INSERT INTO entry (worker, amount) VALUES ($1, $2)`, worker, 5)
	if err == nil {
		l.written[tenant].Add(1)
	}
	return err
}

// transfer moves money in a transaction, and repeats statements that were prepared before the upgrade and in the
// transaction.
func (l *load) transfer(ctx context.Context, tenant, worker int) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	from := rand.N(accounts - 1)
	amount := rand.N(10) + 1
	const move = `UPDATE account SET balance = balance + $2 WHERE id = $1 RETURNING balance`
	var balance int64
	for _, step := range [][2]int{{from, -amount}, {from + 1, amount}} {
		if err := tx.QueryRowContext(ctx, move, step[0], step[1]).Scan(&balance); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO entry (worker, amount) VALUES ($1, $2)`, worker, amount); err != nil {
		return err
	}
	var owner string
	if err := tx.QueryRowContext(ctx, `SELECT tenant FROM owner`).Scan(&owner); err != nil || owner != l.ids[tenant] {
		return fmt.Errorf("owner %q: %w", owner, err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	l.written[tenant].Add(1)
	return nil
}
