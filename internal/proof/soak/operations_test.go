package soak

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// operation is what one caller does. run says how far it came.
type operation struct {
	name  string
	rows  int  // that it leaves in entry when it happens
	plain bool // it needs nothing of docex's
	run   func(a *attempt) (phase, error)
}

var operations = []operation{
	{"query", 0, true, (*attempt).readEntries},
	{"query sums", 0, true, (*attempt).readSums},
	{"select 1", 0, true, func(a *attempt) (phase, error) {
		return before, a.h.db.QueryRowContext(a.ctx, "SELECT 1").Scan(new(int))
	}},
	{"show", 0, true, (*attempt).readSetting},
	{"exec", 1, true, func(a *attempt) (phase, error) { return alone, a.insert(a.h.db, 0) }},
	{"exec text", 1, true, func(a *attempt) (phase, error) {
		_, err := a.h.db.ExecContext(a.ctx, fmt.Sprintf(
			"INSERT INTO entry (op, tenant, said, amount) VALUES (%d, '%s', '%s', 0)", a.op, a.tenant.id, a.user))
		return alone, err
	}},
	{"NamedArgs", 1, false, func(a *attempt) (phase, error) {
		_, err := a.h.db.ExecContext(a.ctx, "INSERT INTO entry (op, tenant, said, amount) VALUES (@op, @tenant, @user, 0)",
			pgx.NamedArgs{"op": a.op, "tenant": a.tenant.id, "user": a.user})
		return alone, err
	}},
	{"Stmt of DB", 1, true, func(a *attempt) (phase, error) {
		_, err := a.h.stmt.ExecContext(a.ctx, a.row(0)...)
		return alone, err
	}},
	{"Stmt of Conn", 1, true, onConn(func(a *attempt, c *sql.Conn) (phase, error) {
		s, err := c.PrepareContext(a.ctx, insertEntry)
		if err != nil {
			return before, err
		}
		defer s.Close()
		_, err = s.ExecContext(a.ctx, a.row(0)...)
		return alone, err
	})},
	{"Bind", 1, false, func(a *attempt) (phase, error) {
		db := driver.Bind(a.h.db, scope.UserContext{UserID: a.user, TenantID: a.tenant.id})
		defer db.Close()
		_, err := db.ExecContext(a.ctx, insertEntry, a.row(0)...)
		return alone, err
	}},
	{"server error", 0, true, func(a *attempt) (phase, error) {
		_, err := a.h.db.ExecContext(a.ctx, "INSERT INTO entry (op, tenant, said, amount) VALUES ($1, $2, $3, 1 / $4::int)",
			a.op, a.tenant.id, a.user, 0)
		return before, a.want(err, code("22012"))
	}},
	{"Tx", 2, true, func(a *attempt) (phase, error) {
		return a.inTx(nil, func(tx *sql.Tx) error { return a.insertBoth(tx) })
	}},
	{"Tx rolled back", 0, true, (*attempt).rollback},
	{"serializable Tx", 2, true, func(a *attempt) (phase, error) {
		return a.inTx(&sql.TxOptions{Isolation: sql.LevelSerializable}, a.transfer)
	}},
	{"BEGIN as text", 2, true, onConn((*attempt).textTx)},
	{"setting", 0, false, onConn((*attempt).setting)},
	{"batch", 3, false, onConn(func(a *attempt, c *sql.Conn) (phase, error) {
		return alone, driver.SendBatch(a.ctx, c, a.threeRows())
	})},
	{"batch with a callback's error", 3, false, onConn((*attempt).batchCallback)},
	{"batch in Tx", 3, false, onConn((*attempt).batchInTx)},
	{"batch that fails in the end", 0, false, onConn((*attempt).batchDeferred)},
	{"CopyFrom", 3, false, onConn((*attempt).copyFrom)},
	{"forged", 0, false, (*attempt).forged},
	{"nobody", 0, false, func(a *attempt) (phase, error) {
		_, err := a.h.db.ExecContext(context.Background(), insertEntry, a.row(0)...)
		return refused, a.want(err, sentinel(scope.ErrNoUserContext))
	}},
	{"other tenant", 1, false, onConn((*attempt).otherTenant)},
	{"panic", 0, false, func(a *attempt) (phase, error) {
		defer func() { _ = recover() }()
		_, err := a.h.db.ExecContext(a.ctx, insertEntry, a.op, a.tenant.id, a.user, mistake{}, "in")
		return before, err
	}},
}

// attempt is one operation of one user.
type attempt struct {
	*soak
	h      *handle
	r      *rand.Rand
	ctx    context.Context
	tenant *tenant
	user   string
	op     int64
}

const insertEntry = "INSERT INTO entry (op, tenant, said, amount, kind) VALUES ($1, $2, $3, $4, $5)"

// row are the arguments of insertEntry.
func (a *attempt) row(amount int64) []any {
	return []any{a.op, a.tenant.id, a.user, amount, []string{"in", "out"}[a.r.IntN(2)]}
}

// querier is a DB, Conn or Tx.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (a *attempt) insert(q querier, amount int64) error {
	_, err := q.ExecContext(a.ctx, insertEntry, a.row(amount)...)
	return err
}

// onConn gives f a checkout.
func onConn(f func(a *attempt, c *sql.Conn) (phase, error)) func(a *attempt) (phase, error) {
	return func(a *attempt) (phase, error) {
		c, err := a.h.db.Conn(a.ctx)
		if err != nil {
			return before, err
		}
		defer c.Close()
		return f(a, c)
	}
}

// want is for what must fail: it returns no more than errors that have another reason.
func (a *attempt) want(err error, is func(error) bool) error {
	if err == nil {
		a.violated(broken, "%s, %s: no error", a.h.name, a.tenant.id)
	}
	if err == nil || is(err) {
		return nil
	}
	return err
}

func sentinel(want error) func(error) bool {
	return func(err error) bool { return errors.Is(err, want) }
}

func code(want string) func(error) bool {
	return func(err error) bool {
		server, ok := errors.AsType[*pgconn.PgError](err)
		return ok && server.Code == want
	}
}

func (a *attempt) forged() (phase, error) {
	other := a.slots[a.r.IntN(len(a.slots))].Load()
	texts := []string{
		fmt.Sprintf("SELECT count(*) FROM %q.entry", other.schema+"x"),
		fmt.Sprintf("SET search_path = %q", other.schema),
		fmt.Sprintf("SET ROLE %q", other.schema),
		"UPDATE docex_system.tenant SET state = 'active'",
		"SELECT set_config('docex.user_id', 'root', false)",
		"SELECT pg_advisory_lock(1)",
		"COMMIT; SELECT 1",
	}
	_, err := a.h.db.ExecContext(a.ctx, texts[a.r.IntN(len(texts))])
	return refused, a.want(err, sentinel(guard.ErrDenied))
}

func (a *attempt) otherTenant(c *sql.Conn) (phase, error) {
	if err := a.insert(c, 0); err != nil {
		return alone, err
	}
	_, err := c.ExecContext(as(context.Background(), a.tenant.id+"x", a.user), insertEntry, a.row(1)...)
	if err := a.want(err, sentinel(scope.ErrTenantMismatch)); err != nil {
		a.violated(unexplained, "as another tenant: %v", err)
	}
	return alone, nil
}

// mistake is an argument that panics.
type mistake struct{}

func (mistake) Value() (sqldriver.Value, error) { panic("a mistake in the caller's Value") }
