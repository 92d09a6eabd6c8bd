// Package driver is the database/sql driver "docex": pgx, with every statement pinned to one tenant's schema and
// refused when it would leave it.
//
// Start with sql.Open("docex", dsn), or [NewConnector] with a [Config] and sql.OpenDB; a DSN can give every setting of
// Config as a parameter, such as docex_pin ("Settings" in the README lists them). Put a scope.UserContext into the
// context of every call with scope.With; for code that passes no context, see [Bind].
//
// What the package promises of each statement that reaches the server:
//
//   - Its text, with a pgx.QueryRewriter among the arguments resolved first, was allowed by package guard for the
//     tenant's schema. Nothing rewrites it afterwards, but that pgx's simple protocol mode puts the arguments into it.
//   - The server looked the tenant up in the registry, took on the tenant's role and set search_path to the tenant's
//     schema before running it, at the first statement of each checkout from the pool. Look-up and statement travel
//     together: when the look-up fails the server skips the statement.
//   - A Conn, Tx or Stmt serves one tenant. Used with another, it gives scope.ErrTenantMismatch; except that database/sql
//     prepares a Stmt of a DB anew on each connection it runs on, each time for the tenant of that execution's context.
//   - What a previous tenant left in the session is cleared before the next tenant's first statement. A connection
//     whose state is uncertain is closed, not reused.
//
// What it does not promise: anything about other handles to the same database. sql.Open("pgx", dsn) in the same
// process is as unguarded as ever; give the application no such DSN.
//
// # How the pin travels
//
// [Connector] puts a filter between pgx and the socket (pgconn.Config.BuildFrontend). Before the first statement of a
// checkout it prefixes pgx's own messages with the pin's, in one write and without a Sync in between, and drops the
// pin's replies on the way back. One Sync makes both one implicit transaction (PostgreSQL manual, 55.2.3 "Extended
// Query"), so an error in the pin skips the statement. In a simple Query the pin is part of the text. BEGIN, procedures and
// COPY, which cannot share a transaction with it, have their pin committed before them. The other way that was considered,
// pgx's batch API, needs docex to build results itself; with the filter pgx's own Rows, Stmt and Tx are returned untouched.
package driver

import (
	"database/sql"
	sqldriver "database/sql/driver"

	"github.com/jmoiron/sqlx"
)

// Name is the name the driver is registered under.
const Name = "docex"

func init() {
	sql.Register(Name, registered{})
	// sqlx asks by driver name how placeholders look; without this it would leave '?' in named queries.
	sqlx.BindDriver(Name, sqlx.DOLLAR)
}

// registered is what sql.Open finds: connectors configured by their DSN alone. Safe for concurrent use.
type registered struct{}

var _ sqldriver.DriverContext = registered{}

// OpenConnector is called by sql.Open; it parses the DSN and connects to nothing.
func (registered) OpenConnector(dsn string) (sqldriver.Connector, error) {
	return NewConnector(dsn, Config{})
}

// Open is called by nobody in database/sql, which prefers OpenConnector; other callers may.
func (d registered) Open(dsn string) (sqldriver.Conn, error) {
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	ctx, cancel := connectContext()
	defer cancel()
	return c.Connect(ctx)
}
