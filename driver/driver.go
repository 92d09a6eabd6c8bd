// Package driver is the database/sql driver "docex": pgx, with every statement pinned to one tenant's schema and
// refused when it would leave it.
//
// Open a handle with sql.Open("docex", dsn), or with [NewConnector], a [Config] and sql.OpenDB. A DSN can give every
// setting of Config as a parameter, such as docex_pin (docs/settings.md lists them). Put a scope.UserContext
// into the context of every call with scope.With. For code that passes no context, see [Bind]. [CopyFrom], [CopyTo] and
// [SendBatch] are for what database/sql has no methods for. [Tenants] is for jobs over all tenants. [Wrap] guards
// another driver, such as a test double.
//
// What the package promises of each statement that reaches the server:
//
//   - Package guard has allowed its text for the tenant's schema, with a pgx.QueryRewriter among the arguments resolved
//     first. After that nothing changes the text. docex puts a comment behind it that names the tenant. In mode
//     simple_protocol pgx inserts the arguments.
//   - The session, or the transaction, is pinned: it has the tenant's role, and search_path is the tenant's schema. The
//     server decides on that, in the same round trip as the statement, and skips the statement when it says no.
//   - A Conn or a Tx serves one tenant, and so does a Stmt of one. Used with another tenant, it gives
//     scope.ErrTenantMismatch. A Stmt of a DB is a text: it runs for the tenant of each execution's context.
//   - What a previous tenant left in the session is cleared before the next tenant's first statement. A connection
//     whose state is uncertain is closed, not reused.
//   - Values and errors are those of plain pgx in the same execution mode, with the tenant's search_path.
//
// One question of docex's own needs no UserContext: which tenants there are. No statement can ask it, only [Tenants].
//
// What it does not promise: anything about other handles to the same database. sql.Open("pgx", dsn) in the same
// process is as unguarded as ever. Give the application no such DSN.
//
// # Sessions and transactions
//
// On a connection that is proved to be direct the session is pinned. As long as it serves the same tenant and user, a
// statement that names a table of the tenant's is sent as it is. Everywhere else each transaction is pinned, in the
// same round trips; there SET without LOCAL is refused, a procedure cannot commit, and isolation levels are for
// BeginTx. [PinMode] says more.
//
// # Suspended tenants
//
// A tenant that is suspended or dropped is refused from its next statement on, also on a session that was pinned
// before. The statement gives scope.ErrTenantSuspended or scope.ErrTenantNotProvisioned. docex asks the registry for
// the reason in one more round trip, so a statement that fails because a table or a right is missing costs one more
// than with pgx. Exception: a transaction that is open at that time may go on, until it ends, with statements that need
// no table, and with prepared statements on tables that it has used.
//
// # Prepared statements
//
// pgx's caches and execution modes work as in pgx, for each tenant by itself. The first execution of a text for a
// tenant on a connection costs the round trip that it costs in pgx. In mode cache_statement at most
// statement_cache_capacity texts are prepared on a connection; those beyond are described, as in cache_describe.
//
// DB.Prepare describes the statement. Its executions are those of its text, prepared by pgx's cache in whatever session
// serves the tenant. With statement_cache_capacity=0, where sessions are pinned, it is prepared in one
// session, which then stays with its connection until the statement is closed.
//
// # The tenant's own functions
//
// A statement may call a function of the tenant's own schema by its bare name. The driver asks the server which there
// are, in one more round trip, when a statement calls one that it does not know. It asks at most once a second for each
// tenant, and again after ten minutes. Exceptions: names that one of Policy.SharedSchemas or Policy.ExtensionSchemas
// has as well, functions that belong to an extension, and base drivers other than pgx. Those need the policy's word.
//
// # Many tenants
//
// A session has the catalog caches and plans of the tenants that it has served. So a checkout gets one that has served
// its tenant: the connections of the pool trade their sessions while they are idle, and a checkout waits about 2 ms at
// most for a session that is at work. The pool's limits, lifetimes and statistics stay those of database/sql. Which
// session a checkout gets is decided when the pool hands out a connection, by the context of that call. Within a
// checkout it does not change. [Affinity] turns this off. [Config.SessionMemory] bounds what the sessions take.
//
// # Citus
//
// Where tenants are distributed over the workers of Citus, everything works as described here, with these differences.
//
// Citus keeps a connection to a worker for each tenant that a connection of the pool has served. To make one takes
// longer than most statements. So a checkout waits up to 50 ms for a session that has served its tenant, and the
// sessions of a pool serve [DefaultCitusConnections] tenants together. Each session has an equal share. One that has
// served its share is closed, and the workers' connections with it. A pool that serves more tenants than that works on,
// many times slower. [Config.MaxTenants] replaces the bound: pools × connections × MaxTenants should be fewer
// connections than the workers take together. Behind a pooler docex can close nothing: each of the pooler's sessions
// keeps a connection to a worker for every tenant. If those are too many,
// ALTER ROLE app SET citus.max_cached_conns_per_worker = 0 has each statement connect anew.
//
// A batch outside a transaction is sent in one of its own, as behind a pooler: Citus runs the statements of a pipeline
// in transactions of their own. A connection that is lost while a single statement is being sent may have run it.
//
// EXPLAIN shows that a query goes to a worker, and neither the worker's address nor its plan, as
// citus.explain_distributed_queries=off has it. EXPLAIN (FORMAT JSON) is no valid JSON then. Where Policy.AllowSettings
// has that setting, a program can SET it.
//
// A *pgconn.PgError from a worker names the worker's address in Where, or, with SQLSTATE 08006, in Message. Its
// ConstraintName, TableName, SchemaName and ColumnName are empty. The names in Message and Detail are those of shards:
// keys and tables end in a number. The regular expression "customer_name_key(_\d+)?", quotes included, finds a
// constraint's name in the Message of both kinds of server.
//
// docex.user_id and docex.tenant_id do not exist on workers. current_setting works where the coordinator evaluates it:
// in a statement without tables, and in the DEFAULT of a column.
//
// How all this is done is told in docs/internals.md.
package driver

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"time"

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

// Guarded marks the handle for package provision, which refuses it.
func (registered) Guarded() {}

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
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.Connect(ctx)
}
