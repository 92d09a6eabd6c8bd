package driver

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// operation is what enter decided and leave has to settle.
type operation struct {
	name string
	target
	effects guard.Effects
	alone   bool  // no pin can travel with it
	text    bool  // the caller's own text runs, so that its effects happen
	pinning bool  // a pin travels with this operation
	place   place // where
	learns  bool  // the pin asks the registry, which names the tenant's role
}

const opBegin = "begin"

// enter is the one way to the server for a statement: it decides who asks, whether the text is allowed, and sees to it
// that the session is pinned when the text arrives. A nil error obliges the caller to run exactly query and then to
// call leave.
func (c *conn) enter(ctx context.Context, name, query string) (operation, error) {
	op, err := c.admit(ctx, name)
	if err != nil {
		return op, c.c.refused(ctx, op, query, err)
	}
	if op.effects, err = c.c.check.Inspect(op.schema, query); err != nil {
		return op, c.c.refused(ctx, op, query, err)
	}
	op.text = name != "prepare"
	err = c.ensurePinned(ctx, &op) // before op is returned: it writes to op
	return op, err
}

// enterBegin is enter for BeginTx, whose text is pgx's own.
func (c *conn) enterBegin(ctx context.Context) (operation, error) {
	op, err := c.admit(ctx, opBegin)
	if err != nil {
		return op, c.c.refused(ctx, op, "", err)
	}
	op.effects = guard.Effects{Statements: 1, Begins: true}
	err = c.ensurePinned(ctx, &op) // before op is returned: it writes to op
	return op, err
}

// admit decides who asks. It changes nothing on the server.
func (c *conn) admit(ctx context.Context, name string) (operation, error) {
	op := operation{name: name}
	if c.broken {
		return op, sqldriver.ErrBadConn
	}
	uc, err := scope.From(ctx)
	if err != nil {
		return op, &Error{Op: name, Err: err}
	}
	op.tenant, op.user = uc.TenantID, uc.UserID
	if c.tenant != "" && c.tenant != uc.TenantID {
		return op, &Error{Op: name, TenantID: uc.TenantID, Err: scope.ErrTenantMismatch}
	}
	c.settlePin()
	switch err := c.usable(); err {
	case nil:
	case sqldriver.ErrBadConn:
		return op, err // as it is: the pool retries on another connection
	default:
		return op, &Error{Op: name, TenantID: uc.TenantID, Err: err}
	}
	if c.tenant == uc.TenantID {
		op.schema = c.schema
	} else if op.schema, err = scope.SchemaName(uc.TenantID); err != nil {
		return op, &Error{Op: name, Err: err}
	}
	return op, nil
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
	case c.pinned && !c.onPath():
		c.broken = true
		return errPathMoved
	default:
		return checkLexer(pc)
	}
}

func (c *conn) inTransaction() bool {
	if pc := pgConn(c.inner); pc != nil {
		return pc.TxStatus() != 'I'
	}
	return c.inText
}

// failedTransaction reports whether the server takes nothing but the end of the transaction.
func (c *conn) failedTransaction() bool {
	pc := pgConn(c.inner)
	return pc != nil && pc.TxStatus() == 'E'
}

// leave settles what enter began: what the session is now known to be. It returns the error to give the caller.
func (c *conn) leave(ctx context.Context, op operation, err error) error {
	c.broken = false
	if err == sqldriver.ErrBadConn && c.wire != nil && c.wire.ran {
		// pgx says so, too, when it loses the reply to a simple Query. The pool would run the statement again.
		err = &Error{Op: op.name, TenantID: op.tenant, Err: ErrOutcomeUnknown}
	}
	if op.effects.SetsSession {
		c.session.dirty = true
	}
	if op.text {
		c.trackText(op.effects, err)
	}
	if op.pinning {
		if err, refused := c.leavePin(ctx, &op, err); refused {
			return err
		}
	}
	switch {
	case err != nil && c.unasked && isRevoked(err):
		return c.recheck(ctx, &op, err)
	case err == nil && c.pin.local && op.effects.Begins && op.name != opBegin && op.text:
		return c.pinOpened(ctx, &op)
	}
	return err
}

// leavePin settles the pin that travelled with the operation, and reports whether it was refused.
func (c *conn) leavePin(ctx context.Context, op *operation, err error) (error, bool) {
	c.wire.disarm()
	if c.wire.refused() {
		return c.refusal(ctx, op, err), true
	}
	if err != nil {
		return err, false
	}
	if c.wire.bypassed() {
		if op.name == "prepare" {
			return nil, false // it was prepared already
		}
		return c.refusal(ctx, op, nil), true // pgx has run it without the pin
	}
	if op.learns {
		said, ok := parseAnswer(c.wire.answer())
		if !ok {
			return c.refusal(ctx, op, nil), true // a pin function that answers nothing has decided nothing
		}
		c.c.roles.learn(op.tenant, said)
	}
	if op.place == behind {
		c.pinned, c.session.user = true, op.user
	}
	return nil, false
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

// execText runs docex's own statements, which take no arguments. It returns the first column of each row; none of a base
// driver other than pgx.
func (c *conn) execText(ctx context.Context, query string) (values []string, err error) {
	pc := pgConn(c.inner)
	if pc == nil {
		return nil, c.execPlain(ctx, query)
	}
	results, err := pc.Exec(ctx, query).ReadAll()
	for _, r := range results {
		for _, row := range r.Rows {
			if len(row) > 0 {
				values = append(values, string(row[0]))
			}
		}
	}
	return values, err
}

// execPlain is execText for other base drivers than pgx.
func (c *conn) execPlain(ctx context.Context, query string) error {
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
