package driver

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/internal/pinseam"
	"github.com/jackc/pgx/v5/pgconn"
)

// session is what is known of the server's side of one connection. What is not certain is not in it.
type session struct {
	// tenant is the one the session is pinned to, for good, and user the docex.user_id it has; "" when not certain. The
	// session holds no other tenant's state.
	tenant, user string
	// dirty: the tenant changed a setting of the session.
	dirty bool
	// sent is what the pin under way makes of the session once it has committed.
	sent held
}

// held is what a pin sets.
type held struct {
	tenant, user string
}

// ensurePinned claims the checkout for the tenant and sees to the pin. A nil error opens the operation, for leave to close:
// a panic in between, such as one in an argument's Value method, leaves a connection that is not used again.
func (c *conn) ensurePinned(ctx context.Context, op *operation) error {
	c.settlePin()
	c.tenant, c.schema = op.tenant, op.schema
	if err := c.startPin(ctx, op); err != nil {
		return err
	}
	c.broken = true
	if c.wire != nil {
		c.wire.ran = false
	}
	return nil
}

// startPin decides whether a pin is needed and sends it, now or with the operation's first write.
func (c *conn) startPin(ctx context.Context, op *operation) error {
	switch {
	case c.pin.local:
		return c.pinTransaction(ctx, op)
	case c.inTransaction() && !c.pinned:
		return sqldriver.ErrBadConn
	case c.inTransaction():
		return c.pinUser(ctx, op) // pinned before it began
	case !c.pinned && !c.inherit(op):
		return c.pinSession(ctx, op)
	}
	c.unasked = c.wire != nil // whatever the registry said at the start of the checkout may be long ago
	return c.pinUser(ctx, op)
}

// inherit takes over the pin of an earlier checkout of the same tenant. Nothing tells the driver that the tenant was
// suspended since: it is the role's missing rights that stop the statement, and leave that finds out why. Where
// the session has the rights of a superuser or the tenant no role, that does not hold.
func (c *conn) inherit(op *operation) bool {
	if c.wire == nil || c.superuser || c.session.dirty || c.session.tenant != op.tenant {
		return false
	}
	if role, ok := c.c.roles.of(op.tenant); !ok || role == noRole {
		return false
	}
	if op.effects.Begins || !c.onPath() {
		return false // BEGIN by itself would run for a suspended tenant
	}
	c.pinned, c.unasked = true, true
	return true
}

// pinSession sends a session's pin: in front of the statement, or before it where they cannot share a transaction.
func (c *conn) pinSession(ctx context.Context, op *operation) error {
	var p pin
	clear := c.session.tenant != op.tenant || c.session.dirty
	role, known := c.c.roles.of(op.tenant)
	switch {
	case !known || role == noRole || c.superuser:
		p, c.unasked, op.learns = c.pin.byFunction(op.target, clear), false, true
	case !clear && c.session.user == op.user && c.onPath():
		p, c.unasked = c.pin.roleOnly(role), true
	default:
		p, c.unasked = c.pin.byRole(role, op.target), true
	}
	if op.effects.Begins || op.effects.SetsTx || op.effects.Savepoint {
		p.place = apart // the latter two mean nothing outside a transaction, and would find themselves in one
	}
	// Until the pin is known to have committed, the session may hold anybody's state.
	c.session = session{sent: held{op.tenant, op.user}}
	// A procedure may commit, which it may not do inside the implicit transaction that a pin and it would share.
	if c.wire == nil || op.alone || op.effects.Calls {
		return c.pinNow(ctx, op, p)
	}
	c.arm(ctx, op, p)
	return nil
}

// pinTransaction sends a transaction's pin with every transaction. Inside one that was pinned there is nothing to do.
func (c *conn) pinTransaction(ctx context.Context, op *operation) error {
	if op.effects.SetsSession {
		return &Error{Op: op.name, TenantID: op.tenant, Err: errSessionSetting}
	}
	if c.inTransaction() {
		if !c.pinned {
			return sqldriver.ErrBadConn
		}
		return c.pinUser(ctx, op)
	}
	c.pinned, c.unasked, c.session = false, false, session{}
	place := inEach
	switch {
	case op.name == opBegin:
		place = behind
	case op.effects.Begins:
		return nil // leave pins the transaction that BEGIN as text opens
	}
	p := c.localPin(op)
	p.place = place
	c.arm(ctx, op, p)
	return nil
}

func (c *conn) localPin(op *operation) pin {
	if role, known := c.c.roles.of(op.tenant); known && role != noRole && !c.superuser {
		c.unasked = true
		return c.pin.byRole(role, op.target)
	}
	c.unasked, op.learns = false, true
	return c.pin.byFunction(op.target, true)
}

// pinOpened pins the transaction that a BEGIN as text has opened.
func (c *conn) pinOpened(ctx context.Context, op *operation) error {
	if err := c.pinNow(ctx, op, c.localPin(op)); err != nil {
		c.broken = true
		return err
	}
	return nil
}

// pinUser tells the server's triggers of another user of the tenant that the session is pinned to.
func (c *conn) pinUser(ctx context.Context, op *operation) error {
	if c.session.user == op.user || op.effects.Ends || c.failedTransaction() {
		return nil
	}
	p := c.pin.userOnly(op.user)
	// As in pinSession: a procedure that may commit shares its transaction with no pin.
	if c.wire == nil || op.alone || op.effects.Calls && !c.inTransaction() {
		return c.userNow(ctx, op, p)
	}
	c.session.user = ""
	c.session.sent = held{op.tenant, op.user}
	c.arm(ctx, op, p)
	return nil
}

// userNow is pinUser in a round trip of its own.
func (c *conn) userNow(ctx context.Context, op *operation, p pin) error {
	if _, double := c.inner.(pinseam.Pinner); double {
		return nil // it has been told of the tenant
	}
	if _, err := c.execText(ctx, p.text()); err != nil {
		return err
	}
	if c.session.user = op.user; c.inTransaction() {
		c.session.user = "" // a rollback undoes it
	}
	return nil
}

func (c *conn) arm(ctx context.Context, op *operation, p pin) {
	op.pinning = true
	op.place = p.place
	c.c.observer.pinned(ctx, op)
	c.wire.arm(p)
}

// settlePin learns from the wire whether the pin that it carried last has committed. That may be known only after the
// rows of the statement behind it were read, so it is asked when the answer is needed.
func (c *conn) settlePin() {
	if c.wire == nil || !c.wire.settle() || c.pin.local {
		return
	}
	c.pinned = true
	c.session.tenant, c.session.user = c.session.sent.tenant, c.session.sent.user
}

// pinNow pins in a round trip of its own.
func (c *conn) pinNow(ctx context.Context, op *operation, p pin) error {
	c.c.observer.pinned(ctx, op)
	values, err := c.sendPin(ctx, op, p)
	if err != nil {
		if pgconn.SafeToRetry(err) {
			return sqldriver.ErrBadConn
		}
		return c.explain(ctx, op, err)
	}
	if op.learns && c.wire != nil {
		said, ok := parseAnswer(last(values))
		if !ok {
			c.broken = true
			return &Error{Op: op.name, TenantID: op.tenant, Err: errPinRefused}
		}
		c.c.roles.learn(op.tenant, said)
	}
	c.pinned = true
	if !c.pin.local {
		c.session = session{tenant: op.tenant, user: op.user}
	}
	return nil
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
