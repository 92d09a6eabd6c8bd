package driver

import (
	"errors"

	"github.com/docex/docex/internal/pgxargs"
	"github.com/docex/docex/internal/session"
	"github.com/docex/docex/scope"
)

// Error is a refusal by the driver itself, see [scope.Error]: no tenant or a wrong one, a failed pin, an unusable
// connection.
type Error = scope.Error

var (
	// ErrPooler: the connection leads, or may lead, through a connection pooler, where what was asked for is not safe: an
	// execution mode of pgx that needs a server session of its own, or the pins of [Wrap].
	ErrPooler = session.ErrPooler
	// ErrServerVersion: the server is older than PostgreSQL 15, the oldest that docex supports.
	ErrServerVersion = session.ErrServerVersion
	// ErrServerSettings: the server reports a setting with which it reads statements differently from the guard.
	ErrServerSettings = session.ErrServerSettings
	// ErrOutcomeUnknown: the connection was lost when the statement, or the COMMIT, was under way, so it may have happened
	// or not. Do not repeat it blindly. A lost COMMIT gives this error always, and so does one that a worker of Citus may
	// have done when the coordinator says that it failed. Other losses give it where pgx takes the statement for one that
	// was never sent, and pgx's own error otherwise.
	ErrOutcomeUnknown = session.ErrOutcomeUnknown
	// ErrWeakLogin: the login role has rights in tenants' schemas without taking on their roles, or may become a role that
	// has, so the second wall stops nothing: it is a superuser, has BYPASSRLS or CREATEROLE, inherits, or is a member of
	// pg_read_all_data and the like. Config.AllowWeakLogin allows it.
	ErrWeakLogin = session.ErrWeakLogin
	// ErrNotInBatch: a statement of a batch could not share the batch's transaction, or is not exactly one statement.
	ErrNotInBatch = session.ErrNotInBatch
	// ErrUnsafeArgument: an argument would change the statement after the guard has checked it.
	ErrUnsafeArgument = pgxargs.ErrUnsafe
	// ErrNotDocex: a *sql.DB or *sql.Conn was not opened with this driver, or a driver around it hides that.
	ErrNotDocex = errors.New("docex: not a docex handle")
)
