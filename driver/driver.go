// Package driver is the database/sql driver "docex": pgx, with every statement held to one tenant's schema.
//
// Open a handle, say who is asking, and query:
//
//	db, err := sql.Open("docex", dsn)
//	ctx = scope.With(ctx, scope.UserContext{UserID: "u-17", TenantID: "acme"})
//	rows, err := db.QueryContext(ctx, "SELECT name FROM document")
//
// Here document is tenant_acme.document. A program calls scope.With once, where it authenticates a request. All tenants
// share one handle.
//
// What may not run is refused with an error, and the handle can be used on:
//
//   - scope.ErrNoUserContext: nobody said who is asking. Nothing was sent.
//   - A *guard.Denial, which matches guard.ErrDenied: the text would leave the tenant's schema. Nothing was sent.
//   - scope.ErrTenantNotProvisioned, scope.ErrTenantSuspended: the server knows no such tenant, or it is suspended.
//   - scope.ErrTenantMismatch: a Conn or Tx serves one tenant, and so does a Stmt of one. A Stmt of a DB is a text, and
//     runs for the tenant of each execution's context.
//
// All but the denial are an *[Error]. docs/errors.md has every error, and what to do.
//
// Other tasks:
//
//   - [NewConnector] takes a [Config], for a policy, hooks and an [Observer]. docs/settings.md has each setting's name
//     in a DSN.
//   - [Bind] is for code that passes no context.
//   - [CopyFrom], [CopyTo] and [SendBatch] are for what database/sql has no methods for.
//   - [Tenants] is for jobs over all tenants.
//   - [Wrap] guards another driver, such as a test double.
//
// # What is promised
//
// For each statement that reaches the server:
//
//   - Package guard has allowed its text for the tenant's schema. A pgx.QueryRewriter among the arguments comes before
//     that. Afterwards nothing changes the text, with two exceptions: docex puts a comment behind it that names the
//     tenant, and in mode simple_protocol pgx inserts the arguments.
//   - It runs as the tenant's role, with the tenant's schema as its search_path. The server decides on that in the same
//     round trip, and skips the statement when it says no.
//   - What a previous tenant left in the session is cleared before. A connection whose state is uncertain is closed.
//   - Values and errors are those of plain pgx in the same execution mode.
//
// Not promised: anything about other handles to the same database. sql.Open("pgx", dsn) in the same process is as
// unguarded as ever. Give the application no such DSN.
//
// # What to expect
//
// Behind a pooler, and wherever the connection is not proved to be direct, each transaction is pinned by itself. SET
// without LOCAL is refused there, a procedure cannot commit, and isolation levels are for BeginTx. See [PinMode] and
// docs/pooler.md.
//
// A tenant that is suspended or dropped is refused from its next statement on. Exception: an open transaction may go on
// with statements that need no table, and with prepared statements on tables that it has used. A statement that fails
// for a missing table or right costs one more round trip: docex asks the registry for the reason.
//
// A pool prefers the sessions that have served a tenant. See [Affinity], [Config.SessionMemory] and
// docs/many-tenants.md.
//
// On Citus errors of constraints look different, and a checkout waits up to 50 ms for a session that has served its
// tenant. See docs/citus.md.
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
