package doctor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// as is the context of a program that works for a tenant.
func as(ctx context.Context, t provision.Tenant) context.Context {
	return scope.With(ctx, scope.UserContext{UserID: "docex-doctor", TenantID: t.ID})
}

// querier is what *sql.DB and *sql.Conn have in common here.
type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// sees returns an error unless t sees its own row and no other.
func sees(ctx context.Context, q querier, t provision.Tenant) error {
	got, err := markers(as(ctx, t), q, `SELECT marker FROM `+probe)
	if err == nil && !slices.Equal(got, []string{t.ID}) {
		err = fmt.Errorf("tenant %q sees rows of %q", t.ID, got)
	}
	return err
}

func markers(ctx context.Context, q querier, query string) ([]string, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// eachSees has both tenants look, one after the other, twice.
func (p *proof) eachSees(ctx context.Context) error {
	for range 2 {
		if err := errors.Join(sees(ctx, p.d.guarded, p.a), sees(ctx, p.d.guarded, p.b)); err != nil {
			return err
		}
	}
	return nil
}

// provesRows works for both tenants in turns on one connection.
func provesRows(ctx context.Context, p *proof) error {
	p.connections(1)
	for _, t := range []provision.Tenant{p.a, p.b} {
		if _, err := p.d.guarded.ExecContext(as(ctx, t), `INSERT INTO `+probe+` VALUES ($1)`, t.ID); err != nil {
			return err
		}
	}
	if err := p.eachSees(ctx); err != nil {
		return err
	}
	for _, disturb := range []func(context.Context, *proof) error{failedStatement, rolledBack, failedTransaction} {
		if err := disturb(ctx, p); err != nil {
			return err
		}
		if err := sees(ctx, p.d.guarded, p.b); err != nil { // the disturbance was a's
			return err
		}
		if err := p.eachSees(ctx); err != nil {
			return err
		}
	}
	return nil
}

// connections has the application work with n connections.
func (p *proof) connections(n int) {
	p.d.guarded.SetMaxOpenConns(n)
	p.d.guarded.SetMaxIdleConns(n)
}

var errNoFailure = errors.New("a statement that should have failed did not")

const failing = `SELECT 1 / 0`

func failedStatement(ctx context.Context, p *proof) error {
	if _, err := p.d.guarded.ExecContext(as(ctx, p.a), failing); err == nil {
		return errNoFailure
	}
	return nil
}

func rolledBack(ctx context.Context, p *proof) error {
	ctx = as(ctx, p.a)
	tx, err := p.d.guarded.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `INSERT INTO `+probe+` VALUES ('rolled back')`); err != nil {
		return err
	}
	return tx.Rollback()
}

func failedTransaction(ctx context.Context, p *proof) error {
	ctx = as(ctx, p.a)
	tx, err := p.d.guarded.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, failing); err == nil {
		return errNoFailure
	}
	return tx.Rollback()
}

// The burst: more goroutines than connections, so that tenants take over each other's.
const (
	burstConnections = 2
	burstGoroutines  = 4
	burstRounds      = 50
)

func provesBurst(ctx context.Context, p *proof) error {
	p.connections(burstConnections)
	errs := make([]error, burstGoroutines)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for n := 0; n < burstRounds && errs[i] == nil; n++ {
				errs[i] = sees(ctx, p.d.guarded, []provision.Tenant{p.a, p.b}[(i+n)%2])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// provesSuspend suspends b while the application holds a connection that works for it, and then works on with that for
// a. A transaction that is open may end what it has begun: the server learns of lost rights when it locks a table or
// plans a statement, which a prepared statement in a transaction that has the lock needs not.
func provesSuspend(ctx context.Context, p *proof) error {
	p.connections(1)
	if err := p.suspendHeld(ctx); err != nil {
		return err
	}
	if err := isSuspended(sees(ctx, p.d.guarded, p.b)); err != nil {
		return err
	}
	return sees(ctx, p.d.guarded, p.a)
}

func (p *proof) suspendHeld(ctx context.Context) error {
	conn, err := p.d.guarded.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := sees(ctx, conn, p.b); err != nil {
		return err
	}
	if err := p.d.Provisioner.Suspend(ctx, p.b.ID); err != nil {
		return err
	}
	return isSuspended(sees(ctx, conn, p.b))
}

func isSuspended(err error) error {
	switch {
	case errors.Is(err, scope.ErrTenantSuspended):
		return nil
	case err == nil:
		return errors.New("a statement for a suspended tenant is not refused")
	}
	return fmt.Errorf("a statement for a suspended tenant gets another error: %w", err)
}
