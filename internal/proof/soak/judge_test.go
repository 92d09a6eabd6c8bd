package soak

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// phase is how far an operation had come when it ended.
type phase int

const (
	refused phase = iota // docex stopped it, as it should
	before               // nothing was sent that could have written for good; it is not there, whatever the error
	alone                // a statement outside a transaction, or a batch
	inside               // a transaction, in front of its COMMIT
	commit               // COMMIT itself
)

// judge enters what the caller was told into the ledger, and reports what it should not have been told. before is the
// tenant's state when the operation began.
func (a *attempt) judge(o operation, state uint64, ph phase, err error) (got string) {
	got = kind(err)
	a.count(a.h.name + ": " + got)
	detail := fmt.Sprintf("%s, %s, tenant %s, phase %d: %v", a.h.name, o.name, a.tenant.id, ph, err)
	a.end(a.op, o.rows, outcomeOf(ph, err), detail)
	was := a.tenant.throughout(state)
	switch {
	case err == nil:
		if ph != refused && (was == suspended || was == dropped) {
			a.violated(notRevoked, "%s", detail)
		}
	case a.h.plain:
	case pgconn.SafeToRetry(err) && errors.Is(err, driver.ErrOutcomeUnknown):
		a.violated(misread, "both unknown and safe to retry: %s", detail)
	case slices.Contains(revoked, got) && ph != inside:
		a.violated(misread, "untyped: status %d, %s", was, detail)
	case isTyped(err) && was == active, got == "suspended" && was == dropped, got == "not provisioned" && was == suspended:
		a.violated(misread, "status %d: %s", was, detail)
	case !a.explains(got, ph, was):
		a.violated(unexplained, "status %d, %s: %s", was, got, detail)
	case got == "context over" && a.ctx.Err() == nil:
		a.violated(unexplained, "the context is not over: %s", detail)
	}
	if context.Cause(a.ctx) == errHangs {
		a.violated(broken, "%v: %s", errHangs, detail)
	}
	return got
}

// outcomeOf says what an error means. A COMMIT that may have happened has an error of its own, so every other one says that
// it has not.
func outcomeOf(ph phase, err error) outcome {
	switch {
	case ph == refused, ph == before, ph == inside:
		return undone
	case err == nil:
		return done
	case errors.Is(err, driver.ErrOutcomeUnknown):
		return doubtful
	case ph == commit, isDefinite(err):
		return undone
	}
	return doubtful
}

// isDefinite reports that nothing has happened. A fatal error is no answer: the connection is lost.
func isDefinite(err error) bool {
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	return errors.As(err, &server) && server.Severity == "ERROR" || errors.As(err, &connect) ||
		pgconn.SafeToRetry(err) || isTyped(err) || errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

func isTyped(err error) bool {
	return errors.Is(err, scope.ErrTenantSuspended) || errors.Is(err, scope.ErrTenantNotProvisioned)
}

// revoked are the errors of a role that has lost its rights. Outside a transaction docex asks for the reason.
var revoked = []string{"42501", "42P01", "42704", "22023", "3F000"}

// explained are the errors that a fault explains at any time.
var explained = []string{
	"unknown", "suspended", "not provisioned", "cannot connect", "context over", "driver.ErrBadConn", "sql.ErrTxDone, ErrConnDone",
	"safe to retry", "connection lost",
	"57014", "57P01", "57P02", "57P03", // cancelled, shut down, not up yet
	"40001", "40P01", // conflict, deadlock
}

func (a *attempt) explains(got string, ph phase, was status) bool {
	switch {
	case slices.Contains(explained, got):
		return true
	case a.h.pooler != nil && (got == "08P01" || got == "torn"): // what PgBouncer tells of a server that it has lost
		return true
	}
	return slices.Contains(revoked, got) && ph == inside && was != active
}

// torn reports that what came is no message, or a row that holds anything. When PgBouncer loses the server in the middle of
// a message it puts its own error right behind what it has passed on.
func torn(err error) bool {
	text := err.Error()
	return strings.Contains(text, "invalid body length") || strings.Contains(text, "body is invalid") ||
		errors.As(err, new(*strconv.NumError)) || strings.Contains(text, "invalid length for int")
}

// kind names an error.
func kind(err error) string {
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	var refusal *driver.Error
	var network net.Error
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, driver.ErrOutcomeUnknown):
		return "unknown"
	case errors.Is(err, scope.ErrTenantSuspended):
		return "suspended"
	case errors.Is(err, scope.ErrTenantNotProvisioned):
		return "not provisioned"
	case errors.As(err, &connect), errors.As(err, &refusal) && refusal.Op == "connect":
		return "cannot connect"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "context over"
	case errors.Is(err, sqldriver.ErrBadConn):
		return "driver.ErrBadConn"
	case errors.Is(err, sql.ErrTxDone), errors.Is(err, sql.ErrConnDone):
		return "sql.ErrTxDone, ErrConnDone"
	case pgconn.SafeToRetry(err):
		return "safe to retry"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed), errors.As(err, &network):
		return "connection lost"
	case errors.As(err, &server):
		return server.Code
	case torn(err):
		return "torn"
	}
	return "other"
}
