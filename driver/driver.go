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
//   - The session, or behind a pooler the transaction, is pinned: it has the tenant's role, and search_path is the
//     tenant's schema. The server decides on that, in the same round trip as the statement, and skips the statement when it
//     says no.
//   - A Conn, Tx or Stmt serves one tenant. Used with another, it gives scope.ErrTenantMismatch; except that database/sql
//     prepares a Stmt of a DB anew on each connection it runs on, each time for the tenant of that execution's context.
//   - What a previous tenant left in the session is cleared before the next tenant's first statement. A connection
//     whose state is uncertain is closed, not reused.
//
// What it does not promise: anything about other handles to the same database. sql.Open("pgx", dsn) in the same
// process is as unguarded as ever; give the application no such DSN.
//
// # When a pin is sent
//
// On a direct connection the session stays pinned, and as long as it serves the same tenant and user nothing is sent but
// the statements themselves. A tenant that is suspended or dropped meanwhile is stopped by the server: its role loses the
// schema in the transaction that suspends it, and the server checks rights with every statement. The failed statement
// gives scope.ErrTenantSuspended, for which docex asks the registry in one more round trip, so a statement that fails
// for want of a table or a right costs one more than with pgx. A statement that touches nothing of the tenant's, such
// as SELECT 1, may still be answered; the BEGIN that begins a checkout is not, because it takes the role on again. A
// transaction that is open at that time may go on, until it ends, with prepared statements on tables that it has used.
//
// When the tenant changes, the pin clears the session (prepared statements stay), takes on the tenant's role and sets
// search_path, docex.tenant_id and docex.user_id, which triggers may read with current_setting. The first pin of a tenant
// by a [Connector] calls the registry's pin function, which also names the role; the later ones rely on the server
// letting the login role take on that role only while the tenant is active. Where that proves nothing, because the login
// role is a superuser or tenants have no roles, each checkout calls the function.
//
// Behind a pooler in transaction mode ([PinAuto] notices one, see also [PinTransaction]) every transaction is pinned,
// and so is every statement outside of one, with settings that end with it. What a trusted function sets for the session
// there stays in the pooler's session, where the next pin clears all but settings.
//
// # How a pin travels
//
// [Connector] puts a filter between pgx and the socket (pgconn.Config.BuildFrontend). It prefixes pgx's own messages with
// the pin's, in one write and without a Sync in between, and drops the pin's replies on the way back. One Sync makes both
// one implicit transaction (PostgreSQL manual, 55.2.3 "Extended Query"), so an error in the pin skips the statement. In a
// simple Query the pin is part of the text. Before BEGIN a session's pin commits on its own, with a Sync in the same
// write; a transaction's pin follows the BEGIN in its Query. Only CALL has the pin in a round trip of its own, where the
// session was another tenant's before: a procedure may commit, and cannot inside a transaction that it shares. The other
// way that was considered, pgx's batch API, needs docex to build results itself; with the filter pgx's own Rows and Tx are
// returned untouched.
//
// # Prepared statements
//
// docex prepares statements itself where pgx would (mode cache_statement, the default, with pgx's statement_cache_capacity).
// Tenants on one connection share those whose parameters and columns have built-in types, if the registry has the same
// digest for their schemas, which docex knows from a tenant's second statement on: where a column is real for one and
// double precision for the other, a shared statement would round the latter's parameters. So an offline change of one
// tenant's DDL needs provisioning's Reseal, and a restart of the programs. Modes exec, simple_protocol and describe_exec
// share nothing. A statement with a type of the tenant's own schema, such as an enum, is prepared for each tenant, since
// the server gives the type another number in each schema.
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
