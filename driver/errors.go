package driver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/docex/docex/scope"
)

var (
	// ErrPooler: the connection leads through a connection pooler, where what was asked for is not safe: an execution mode of
	// pgx that needs a server session of its own, or the pins of [Wrap].
	ErrPooler = errors.New("docex: a connection pooler is in between")
	// ErrServerVersion: the server is older than PostgreSQL 15, the oldest that docex supports.
	ErrServerVersion = errors.New("docex: the server is too old")
	// ErrServerSettings: the server reports a setting with which it reads statements differently from the guard.
	ErrServerSettings = errors.New("docex: the server's lexer settings differ from the guard's")
	// ErrOutcomeUnknown: the connection was lost when the statement was under way, so it may have run or not. Most such
	// losses give pgx's own error; pgx takes this one for a statement that was never sent, which the pool would send again.
	ErrOutcomeUnknown = errors.New("docex: the connection was lost; the statement may have run")
	// ErrUnsafeArgument: an argument would change the statement after the guard has checked it.
	ErrUnsafeArgument = errors.New("docex: argument may not replace a checked statement")
	// ErrNotInBatch: a statement of a batch could not share the batch's transaction, or is not exactly one statement.
	ErrNotInBatch = errors.New("docex: statement may not run in a batch")
	// ErrNotDocex: a *sql.DB or *sql.Conn was not opened with this driver.
	ErrNotDocex = errors.New("docex: not a docex handle")
)

// Error is a refusal by the driver itself: no or a wrong tenant, a failed pin, an unusable connection. It matches one of
// the sentinels of packages scope and driver with errors.Is and, when the server said no, its *pgconn.PgError with
// errors.As. A statement that the guard refuses gives a *guard.Denial instead, and an error of the statement itself is
// pgx's own.
type Error struct {
	Op       string // what was asked for: connect, exec, query, prepare, begin, copy, batch
	TenantID string // the tenant it was asked for, or ""
	Err      error  // why it was refused
	Cause    error  // the server's or pgx's error, or nil
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("docex: " + e.Op)
	if e.TenantID != "" {
		fmt.Fprintf(&b, ": tenant %q", e.TenantID)
	}
	b.WriteString(": " + strings.TrimPrefix(e.Err.Error(), "docex: "))
	if e.Cause != nil && !raisedByPin(e.Cause) {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// raisedByPin reports whether a server error says no more than the sentinel it was mapped to.
func raisedByPin(err error) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) && strings.HasPrefix(state.SQLState(), "DX")
}

// Unwrap lets errors.Is and errors.As see both the sentinel and the server's error.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

var (
	errPinRefused     = errors.New("docex: the server refused the pin")
	errBusy           = errors.New("docex: the connection still delivers rows of an earlier statement")
	errPathMoved      = errors.New("docex: a function of the tenant's has moved search_path; the connection is closed")
	errSessionSetting = errors.New("docex: a setting of the session would stay with the pooler's session; use SET LOCAL in a transaction")
	errSchemaDiffer   = errors.New("docex: the tenant's schema is not the one derived from its id")
)

// pinSentinels maps the SQLSTATE of a failed pin to what it means. DX… are raised by the pin function itself; the
// others come from PostgreSQL when there is no such function (appendix A of its manual).
var pinSentinels = map[string]error{
	"DX001": scope.ErrTenantNotProvisioned,
	"DX002": scope.ErrTenantSuspended,
	"DX003": scope.ErrSystemTenant,
	"DX004": errSchemaDiffer,
	"3F000": scope.ErrNotInitialized,  // invalid_schema_name
	"42883": scope.ErrNotInitialized,  // undefined_function
	"42P01": scope.ErrNotInitialized,  // undefined_table
	"42703": scope.ErrUpgradeRequired, // undefined_column: the pin function answers less
	"42501": errPinNotGranted,         // insufficient_privilege
	"22023": errPinNotGranted,         // invalid_parameter_value: no such role
}

var errPinNotGranted = errors.New("docex: the login role may not use this tenant; " +
	"is it the application role that provisioning was configured with?")

// pinError explains why the pin of a tenant failed. err is what pgx or another base driver returned.
func pinError(op, tenant string, err error) error {
	var state interface{ SQLState() string }
	if !errors.As(err, &state) {
		return err // not from the server: a cancelled context or a broken connection
	}
	sentinel, ok := pinSentinels[state.SQLState()]
	if !ok {
		return err // nothing to do with the tenant: a shutdown, a time-out, a failed transaction
	}
	return &Error{Op: op, TenantID: tenant, Err: sentinel, Cause: err}
}
