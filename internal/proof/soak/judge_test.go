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
	before               // nothing was sent that could have written for good
	alone                // a statement outside a transaction, or a batch
	inside               // a transaction, in front of its COMMIT
	commit               // COMMIT itself
)

// judge enters what the caller was told into the ledger, and reports what it should not have been told. state is the
// tenant's when the operation began.
func (a *attempt) judge(o operation, state uint64, ph phase, err error) (got string) {
	got = kind(err)
	was := a.tenant.throughout(state)
	a.count(a.h.name + ": " + got)
	detail := fmt.Sprintf("%s, %s, tenant %s (%d), phase %d: %v", a.h.name, o.name, a.tenant.id, was, ph, err)
	a.end(a.op, write{a.tenant, o.rows, outcomeOf(ph, err), detail})
	over := was == suspended || was == dropped
	switch {
	case context.Cause(a.ctx) == errHangs:
		a.violated(broken, "%v: %s", errHangs, detail)
	case err == nil && over && ph != refused:
		a.violated(notRevoked, "%s", detail)
	case err == nil, a.h.naive:
	case pgconn.SafeToRetry(err) && errors.Is(err, driver.ErrOutcomeUnknown):
		a.violated(misread, "both unknown and safe to repeat: %s", detail)
	case got == "suspended" && (was == active && !unasked(err) || was == dropped),
		got == "not provisioned" && (was == active || was == suspended):
		a.violated(misread, "not in that state: %s", detail)
	case got == "context over" && a.ctx.Err() == nil, !a.explains(got, was) && !unasked(err):
		a.violated(unexplained, "%s: %s", got, detail)
	}
	return got
}

// unasked reports that docex says what the server's refusal looks like, because it could not ask.
func unasked(err error) bool { return strings.Contains(err.Error(), "the registry could not be asked") }

// outcomeOf says what an error means. A COMMIT that may have happened has an error of its own, so every other one says
// that it has not.
func outcomeOf(ph phase, err error) outcome {
	switch {
	case ph == refused, ph == before, ph == inside:
		return undone
	case err == nil:
		return done
	case ph == commit && !errors.Is(err, driver.ErrOutcomeUnknown), ph == alone && isDefinite(err):
		return undone
	}
	return doubtful
}

// isDefinite reports that nothing has happened. A fatal error is no answer: the connection is lost.
func isDefinite(err error) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && server.Severity == "ERROR" || pgconn.SafeToRetry(err) ||
		slices.Contains([]string{"cannot connect", "suspended", "not provisioned", "driver.ErrBadConn", "sql.ErrConnDone"},
			kind(err))
}

// revoked are the errors of a role that has lost its rights, in a transaction, or just before it got them back.
// Otherwise docex asks for the reason.
var revoked = []string{"42501", "42P01", "42704", "22023", "3F000"}

// explained are errors that a fault explains at any time.
var explained = []string{
	"57014", "57P01", "57P02", "57P03", // cancelled, shut down, not up yet
	"40001", "40P01", // conflict, deadlock
}

func (a *attempt) explains(got string, was status) bool {
	return slices.ContainsFunc(kinds, func(k errorKind) bool { return k.name == got }) ||
		slices.Contains(explained, got) ||
		a.h.pooler != nil && (got == "08P01" || got == "torn") || // PgBouncer has lost the server
		slices.Contains(revoked, got) && was == changing
}

// errorKind is what a fault or a tenant's state explains.
type errorKind struct {
	name string
	is   func(err error) bool
}

var kinds = []errorKind{
	{"unknown", sentinel(driver.ErrOutcomeUnknown)},
	{"suspended", sentinel(scope.ErrTenantSuspended)},
	{"not provisioned", sentinel(scope.ErrTenantNotProvisioned)},
	{"cannot connect", func(err error) bool {
		refusal, ok := errors.AsType[*driver.Error](err)
		return ok && refusal.Op == "connect" || errors.As(err, new(*pgconn.ConnectError))
	}},
	{"context over", sentinel(context.DeadlineExceeded)},
	{"context over", sentinel(context.Canceled)},
	{"driver.ErrBadConn", sentinel(sqldriver.ErrBadConn)},
	{"sql.ErrTxDone", sentinel(sql.ErrTxDone)},
	{"sql.ErrConnDone", sentinel(sql.ErrConnDone)},
	{"safe to retry", pgconn.SafeToRetry},
	{"connection lost", func(err error) bool {
		return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
			errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) || errors.As(err, new(net.Error))
	}},
}

// kind names an error.
func kind(err error) string {
	if err == nil {
		return "nil"
	}
	for _, k := range kinds {
		if k.is(err) {
			return k.name
		}
	}
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		return server.Code
	}
	if isTorn(err) {
		return "torn"
	}
	return "other"
}

// isTorn reports that what came is no message, or a row that holds anything. When PgBouncer loses the server in the
// middle of a message it puts its own error right behind what it has passed on.
func isTorn(err error) bool {
	text := err.Error()
	return strings.Contains(text, "invalid body length") || strings.Contains(text, "body is invalid") ||
		strings.Contains(text, "invalid length for int") || errors.As(err, new(*strconv.NumError)) ||
		strings.Contains(text, strconv.ErrSyntax.Error()) // which database/sql does not wrap
}
