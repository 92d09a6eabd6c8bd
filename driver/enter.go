package driver

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// operation is what enter decided and leave has to settle.
type operation struct {
	name    string
	tenant  string
	effects guard.Effects
	text    bool // the caller's own text runs, so that its effects happen
	pinning bool // a pin travels with this operation
}

// enter is the one way to the server for a statement: it decides who asks, whether the text is allowed, and sees to it
// that the session is pinned when the text arrives. A nil error obliges the caller to run exactly query and then to
// call leave.
func (c *conn) enter(ctx context.Context, name, query string) (operation, error) {
	op, schema, err := c.admit(ctx, name)
	if err != nil {
		return op, err
	}
	if op.effects, err = c.c.check.Inspect(schema, query); err != nil {
		return op, err
	}
	op.text = name != "prepare"
	err = c.ensurePinned(ctx, &op, schema)
	return op, err
}

// enterBegin is enter for BeginTx, whose text is pgx's own.
func (c *conn) enterBegin(ctx context.Context) (operation, error) {
	op, schema, err := c.admit(ctx, "begin")
	if err != nil {
		return op, err
	}
	op.effects = guard.Effects{Statements: 1, Begins: true}
	err = c.ensurePinned(ctx, &op, schema)
	return op, err
}

// admit decides who asks. It changes nothing.
func (c *conn) admit(ctx context.Context, name string) (operation, string, error) {
	op := operation{name: name}
	if c.broken {
		return op, "", sqldriver.ErrBadConn
	}
	uc, err := scope.From(ctx)
	if err != nil {
		return op, "", &Error{Op: name, Err: err}
	}
	op.tenant = uc.TenantID
	if c.tenant != "" && c.tenant != uc.TenantID {
		return op, "", &Error{Op: name, TenantID: uc.TenantID, Err: scope.ErrTenantMismatch}
	}
	switch err := c.usable(); err {
	case nil:
	case sqldriver.ErrBadConn:
		return op, "", err // as it is: the pool retries on another connection
	default:
		return op, "", &Error{Op: name, TenantID: uc.TenantID, Err: err}
	}
	schema, err := scope.SchemaName(uc.TenantID)
	if err != nil {
		return op, "", &Error{Op: name, Err: err}
	}
	return op, schema, nil
}

// usable reports why the session cannot take a statement now: driver.ErrBadConn when it never will. A busy connection
// is not that: sql.Conn would wait for ever for the rows that are open.
func (c *conn) usable() error {
	pc := pgConn(c.inner)
	switch {
	case pc == nil:
		return nil
	case pc.IsClosed():
		return sqldriver.ErrBadConn
	case pc.IsBusy() || c.wire != nil && c.wire.watching:
		return errBusy
	case pc.Frontend().ReadBufferLen() > 0 || c.wire != nil && len(c.wire.out) > 0:
		// pgx's Deallocate leaves the end of a failure unread; what is read next would be answers to something else.
		return sqldriver.ErrBadConn
	default:
		return checkLexer(pc)
	}
}

// ensurePinned claims the checkout for the tenant and sees to the pin. A nil error opens the operation, for leave to close:
// a panic in between, such as one in an argument's Value method, leaves a connection that is not used again.
func (c *conn) ensurePinned(ctx context.Context, op *operation, schema string) error {
	c.settlePin()
	c.tenant = op.tenant
	if !c.pinned {
		if err := c.startPin(ctx, op, schema); err != nil {
			return err
		}
	}
	c.broken = true
	return nil
}

// startPin pins the session, now or with the operation's first write.
func (c *conn) startPin(ctx context.Context, op *operation, schema string) error {
	statements := c.c.pin.statements(op.tenant, schema, c.dirty || c.last != op.tenant)
	// Until the pin is known to have committed, the session may hold anybody's state.
	c.last, c.dirty = "", false
	// A procedure may commit, which it may not do inside the implicit transaction that a pin and it would share. An empty
	// text has an answer of its own, which it does not get behind a pin, and pgx's rows panic without one.
	if c.wire == nil || op.effects.Calls || op.effects.Statements == 0 {
		return c.pinNow(ctx, op, statements)
	}
	op.pinning = true
	c.wire.arm(pin{statements: statements, apart: op.effects.Begins})
	return nil
}

// settlePin learns from the wire whether the pin that it carried last has committed. That may be known only after the
// rows of the statement behind it were read, so it is asked when the answer is needed.
func (c *conn) settlePin() {
	if c.wire != nil && c.wire.pinned() {
		c.pinned, c.last = true, c.tenant
	}
}

func (c *conn) inTransaction() bool {
	if pc := pgConn(c.inner); pc != nil {
		return pc.TxStatus() != 'I'
	}
	return c.inText
}

// pinNow pins in a round trip of its own.
func (c *conn) pinNow(ctx context.Context, op *operation, statements []string) error {
	if err := c.sendPin(ctx, op.tenant, statements); err != nil {
		if pgconn.SafeToRetry(err) {
			return sqldriver.ErrBadConn
		}
		return pinError(op.name, op.tenant, err)
	}
	c.pinned, c.last = true, op.tenant
	return nil
}

// execText runs docex's own statements, which take no arguments.
func (c *conn) execText(ctx context.Context, query string) error {
	if pc := pgConn(c.inner); pc != nil {
		_, err := pc.Exec(ctx, query).ReadAll()
		return err
	}
	if e, ok := c.inner.(sqldriver.ExecerContext); ok {
		if _, err := e.ExecContext(ctx, query, nil); err != sqldriver.ErrSkip {
			return err
		}
	}
	s, err := c.prepareInner(ctx, query)
	if err != nil {
		return err
	}
	if _, err = execStmt(ctx, s, nil); err != nil {
		_ = s.Close() // the statement's error is the one to report
		return err
	}
	return s.Close()
}

// leave settles what enter began: what the session is now known to be. It returns the error to give the caller.
func (c *conn) leave(op operation, err error) error {
	c.broken = false
	if op.effects.SetsSession {
		c.dirty = true
	}
	if op.text {
		c.trackText(op.effects, err)
	}
	if !op.pinning {
		return err
	}
	c.wire.disarm()
	if !c.wire.refused() {
		return err
	}
	if err == nil || c.wire.pin.apart {
		c.broken = true // the statement ran behind the failed pin
	}
	if err == nil {
		return &Error{Op: op.name, TenantID: op.tenant, Err: errPinRefused}
	}
	return pinError(op.name, op.tenant, err)
}

// trackText follows transactions that are opened by text, for base drivers that do not report the status. A BEGIN that
// failed may have begun, and a COMMIT that failed may not have ended anything.
func (c *conn) trackText(e guard.Effects, err error) {
	switch {
	case e.Begins:
		c.inText = true
	case e.Ends && err == nil:
		c.inText = false
	}
}
