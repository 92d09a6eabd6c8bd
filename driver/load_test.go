package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/docex/docex/scope"
)

const (
	loadGoroutines = 16
	loadConns      = 4
	loadStatements = 20_000
)

// Sixteen goroutines send 20,000 statements for five tenants over four connections: queries, writes, prepared
// statements, transactions that commit and roll back, cancelled contexts, errors and refusals. Every row read is
// checked, and in the end each tenant holds exactly what was committed for it.
func TestLoad(t *testing.T) {
	w := newWorld(t)
	l := &load{db: w.open(t, loadConns)}
	var wg sync.WaitGroup
	for g := range loadGoroutines {
		wg.Go(func() { l.run(g) })
	}
	wg.Wait()
	if n := l.statements.Load(); n < loadStatements {
		t.Errorf("%d statements, want %d", n, loadStatements)
	}
	for _, err := range l.errs {
		t.Error(err)
	}
	for i, tenant := range tenants {
		want := l.committed[i].Load()
		if n := w.baskets(t, tenant, "new-load"); n != 0 {
			t.Errorf("%s: %d rows that were rolled back", tenant, n)
		}
		var got, others int64
		err := w.admin.QueryRow(fmt.Sprintf(`SELECT count(*) FILTER (WHERE description = $1),
			count(*) FILTER (WHERE description <> $1) FROM %q.docbasket WHERE name LIKE 'new-%%'`,
			scope.SchemaPrefix+tenant), tenant).Scan(&got, &others)
		if err != nil {
			t.Fatal(err)
		}
		// A commit that was cancelled may or may not have happened.
		if got < want || got > want+l.doubtful[i].Load() {
			t.Errorf("%s: %d rows, want %d (and at most %d more)", tenant, got, want, l.doubtful[i].Load())
		}
		if others != 0 {
			t.Errorf("%s: %d rows of other tenants", tenant, others)
		}
	}
	wantClean(t, l.db)
	t.Logf("%d statements, %d connections opened at most", l.statements.Load(), loadConns)
}

// load is shared by the goroutines of TestLoad.
type load struct {
	db         *sql.DB
	statements atomic.Int64
	names      atomic.Int64
	committed  [5]atomic.Int64
	doubtful   [5]atomic.Int64

	mu   sync.Mutex
	errs []error // guarded by mu
}

func (l *load) run(g int) {
	r := rand.New(rand.NewPCG(uint64(g), 4))
	steps := []func(*rand.Rand, int) error{
		l.query, l.query, l.query, l.write, l.prepared, l.commit, l.rollback, l.cancelled, l.fails, l.refused,
	}
	for l.statements.Load() < loadStatements {
		tenant := r.IntN(len(tenants))
		if err := steps[r.IntN(len(steps))](r, tenant); err != nil {
			l.mu.Lock()
			l.errs = append(l.errs, fmt.Errorf("as %s: %w", tenants[tenant], err))
			failed := len(l.errs) > 10
			l.mu.Unlock()
			if failed {
				return
			}
		}
	}
}

const insertOwn = "INSERT INTO docbasket (name, description) VALUES ($1, $2)"

func (l *load) newName() string { return fmt.Sprintf("new-%d", l.names.Add(1)) }

// rowsOf reads every row that ctx can see and fails on one of another tenant.
func (l *load) rowsOf(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, tenant string) error {
	l.statements.Add(1)
	rows, err := q.QueryContext(ctx, `SELECT name, description FROM docbasket WHERE description IN ('', $1)
		OR description <> $1 ORDER BY id LIMIT 50`, tenant)
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var name, owner string
		if err := rows.Scan(&name, &owner); err != nil {
			return err
		}
		n++
		if owner != tenant && name != tenant {
			return fmt.Errorf("saw the row %q of %q", name, owner)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if n == 0 {
		return errors.New("saw nothing")
	}
	return nil
}

func (l *load) query(_ *rand.Rand, i int) error { return l.rowsOf(as(tenants[i]), l.db, tenants[i]) }

func (l *load) write(_ *rand.Rand, i int) error {
	l.statements.Add(1)
	if _, err := l.db.ExecContext(as(tenants[i]), insertOwn, l.newName(), tenants[i]); err != nil {
		return err
	}
	l.committed[i].Add(1)
	return nil
}

func (l *load) prepared(_ *rand.Rand, i int) error {
	ctx := as(tenants[i])
	l.statements.Add(1)
	s, err := l.db.PrepareContext(ctx, "SELECT name FROM docbasket WHERE name = $1")
	if err != nil {
		return err
	}
	defer s.Close()
	for range 3 {
		l.statements.Add(1)
		var got string
		if err := s.QueryRowContext(ctx, tenants[i]).Scan(&got); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) commit(r *rand.Rand, i int) error { return l.transaction(r, i, true) }

func (l *load) rollback(r *rand.Rand, i int) error { return l.transaction(r, i, false) }

func (l *load) transaction(r *rand.Rand, i int, commit bool) error {
	ctx := as(tenants[i])
	l.statements.Add(2)
	tx, err := l.db.BeginTx(ctx, &sql.TxOptions{Isolation: []sql.IsolationLevel{
		sql.LevelDefault, sql.LevelRepeatableRead, sql.LevelReadCommitted}[r.IntN(3)]})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	name := "new-load"
	if commit {
		name = l.newName()
	}
	if _, err := tx.ExecContext(ctx, insertOwn, name, tenants[i]); err != nil {
		if !commit && isUnique(err) {
			return nil
		}
		return err
	}
	if err := l.rowsOf(ctx, tx, tenants[i]); err != nil {
		return err
	}
	if !commit {
		return tx.Rollback()
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	l.committed[i].Add(1)
	return nil
}

// cancelled cancels at some point of a write; whether it was committed is not known then.
func (l *load) cancelled(r *rand.Rand, i int) error {
	ctx, cancel := context.WithCancel(as(tenants[i]))
	l.statements.Add(1)
	done := make(chan struct{})
	spins := r.IntN(20_000)
	go func() {
		defer close(done)
		for range spins {
			if ctx.Err() != nil {
				break
			}
		}
		cancel()
	}()
	_, err := l.db.ExecContext(ctx, insertOwn, l.newName(), tenants[i])
	<-done
	switch {
	case err == nil:
		l.committed[i].Add(1)
	default:
		l.doubtful[i].Add(1)
	}
	return nil
}

func (l *load) fails(_ *rand.Rand, i int) error {
	l.statements.Add(1)
	if _, err := l.db.ExecContext(as(tenants[i]), "SELECT 1 / $1::int", 0); err == nil {
		return errors.New("no error")
	}
	return nil
}

func (l *load) refused(_ *rand.Rand, i int) error {
	l.statements.Add(2)
	if _, err := l.db.ExecContext(as(tenants[i]), "SELECT * FROM tenant_acme2.docbasket"); err == nil {
		return errors.New("no denial")
	}
	_, err := l.db.ExecContext(as("mothballed"), "SELECT 1")
	if !errors.Is(err, scope.ErrTenantSuspended) {
		return fmt.Errorf("suspended tenant: %w", err)
	}
	return nil
}

func isUnique(err error) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) && state.SQLState() == "23505"
}
