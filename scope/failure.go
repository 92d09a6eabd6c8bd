package scope

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a refusal of docex's own: no or a wrong tenant, a failed pin, an unusable connection. It matches one of the
// sentinels of packages scope and driver with errors.Is and, when the server said no, its *pgconn.PgError with
// errors.As. A statement that the guard refuses gives a *guard.Denial instead, and an error of the statement itself is
// pgx's own.
type Error struct {
	Op       string // what was asked for: open, connect, exec, query, prepare, begin, commit, copy, batch
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

// SafeToRetry reports false. pgconn.SafeToRetry would otherwise ask Cause, where pgx says so of statements that were
// sent.
func (e *Error) SafeToRetry() bool { return false }
