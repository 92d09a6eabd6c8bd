package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// refusal turns the failure of a pin into the error for the caller. err is what pgx made of it.
func (c *conn) refusal(ctx context.Context, op *operation, err error) error {
	c.session, c.pinned = session{}, false
	if isCode(err, codeNoStatement) && op.place == inFront {
		// A trusted function has deallocated what clears the session. The statement has not run.
		c.broken = true
		return sqldriver.ErrBadConn
	}
	if err == nil || op.place == apart || op.place == behind {
		c.broken = true // the statement ran behind the failed pin, or a transaction is open
	}
	if err == nil {
		return &Error{Op: op.name, TenantID: op.tenant, Err: errPinRefused}
	}
	return c.explain(ctx, op, err)
}

// explain asks the registry why a tenant's role could not be taken on.
func (c *conn) explain(ctx context.Context, op *operation, err error) error {
	reason := pinError(op.name, op.tenant, err)
	if !op.learns && isRevoked(err) {
		c.c.roles.forget(op.tenant)
		if asked := c.askRegistry(ctx, op); asked != nil {
			reason = asked
		}
	}
	return c.c.pinRefusal(ctx, op, reason)
}

// recheck finds out why a statement behind a pin without the registry's word has failed as it does when the tenant's
// role has lost its rights: the tenant was suspended or dropped, or a function of its own has changed role or
// search_path for the session. Any other failure is the statement's own.
func (c *conn) recheck(ctx context.Context, op *operation, err error) error {
	if c.inTransaction() {
		c.session.tenant = "" // pin again next time
		return err
	}
	pinned, was := c.pinned, c.session // or rolled back with the statement, and the session is as it was before
	c.pinned, c.session = false, session{}
	moved, restored, reason := c.askSession(ctx, op)
	switch {
	case reason != nil:
		return c.c.pinRefusal(ctx, op, reason)
	case pinned && restored:
		c.pinned, c.session = true, was // another pin would clear what the tenant has set in this checkout
	case moved && pinned && !op.effects.Calls: // which may have committed something
		c.broken = true
		return sqldriver.ErrBadConn // nothing of the statement has stayed, so the pool may run it on another connection
	}
	return err
}

// askSession is askRegistry, and reports whether role and search_path are other than they were pinned; or whether they are
// the same and the session has the role again, with which it was asked.
func (c *conn) askSession(ctx context.Context, op *operation) (moved, restored bool, reason error) {
	role, _ := c.c.roles.of(op.tenant)
	ask := "SHOW role; SHOW search_path; " + c.pin.ask(op.target)
	if role != "" && role != noRole {
		ask += "; " + strings.Join(c.pin.takeOn(role), "; ")
	}
	values, err := c.execText(ctx, ask)
	same := len(values) >= 2 && values[0] == role && samePath(values[1], op.schema, c.pin.path)
	return len(values) >= 2 && !same, err == nil && same, refusalOf(op, err)
}

// askRegistry returns the registry's refusal, or nil when it has none to tell. It leaves the session unpinned.
func (c *conn) askRegistry(ctx context.Context, op *operation) error {
	if c.inTransaction() {
		if _, err := c.execText(ctx, "ROLLBACK"); err != nil {
			return nil
		}
	}
	_, err := c.execText(ctx, c.pin.ask(op.target))
	return refusalOf(op, err)
}

// refusalOf returns the refusal that a failed pin function means, or nil when the error is another one.
func refusalOf(op *operation, err error) error {
	var refused *Error
	if errors.As(pinError(op.name, op.tenant, err), &refused) {
		return refused
	}
	return nil
}

// isRevoked reports whether an error is one that a role gets that may not do what it could: SQLSTATE
// insufficient_privilege, or that names in a schema which it may not use are not found; or that the role is gone.
func isRevoked(err error) bool { return isCode(err, revokedCodes...) }

// codeNoStatement is SQLSTATE invalid_sql_statement_name.
const codeNoStatement = "26000"

// isCode reports whether err is a server error with one of these SQLSTATEs.
func isCode(err error, codes ...string) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && slices.Contains(codes, pgErr.Code)
}

var revokedCodes = []string{"42501", "42P01", "42704", "42883", "3F000", "22023"}
