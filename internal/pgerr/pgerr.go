// Package pgerr tells what pgx's errors say of the server. All of it is about errors of pgx's: an error of another
// driver's says nothing here.
package pgerr

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATEs (PostgreSQL manual, appendix A).
const (
	NoRole      = "22023" // invalid_parameter_value: no such role
	NoStatement = "26000" // invalid_sql_statement_name
	Terminated  = "57P01" // admin_shutdown
)

// Is reports whether err is a server error with one of these SQLSTATEs.
func Is(err error, codes ...string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains(codes, pgErr.Code)
}

// IsRevoked reports whether an error is one that a role gets that may not do what it could: SQLSTATE
// insufficient_privilege, or that names in a schema which it may not use are not found; or that the role is gone.
func IsRevoked(err error) bool {
	return Is(err, "42501", "42P01", "42704", "42883", "3F000", NoRole)
}

// IsViolation reports whether an error is that of a constraint: class 23, integrity_constraint_violation.
func IsViolation(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && strings.HasPrefix(pgErr.Code, "23")
}

// IsUnparsed reports that the server has refused to prepare a statement.
func IsUnparsed(err error) bool {
	refused, ok := errors.AsType[*pgconn.PrepareError](err)
	return ok && !refused.ParseComplete
}

// IsAnswer reports whether an error is the server's answer to what was sent. A fatal one only ends the connection: a
// pooler ends a client's so when it has lost the server's.
func IsAnswer(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !isFatal(pgErr.Severity) && !isFatal(pgErr.SeverityUnlocalized)
}

func isFatal(severity string) bool { return severity == "FATAL" || severity == "PANIC" }
