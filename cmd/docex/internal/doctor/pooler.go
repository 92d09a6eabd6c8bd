package doctor

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/internal/dsnerr"
)

// pooling is what is between a DSN and the server.
type pooling int

const (
	direct      pooling = iota
	transaction         // a pooler that gives each transaction a server session: seen to do so
	unsure              // a pooler of which that was not seen; it may be in session mode
)

// sharingTimeout bounds the wait for a second session of the pooler's, which a full pool does not give.
const sharingTimeout = 5 * time.Second

// look finds out what is between db and the server. A pooler hands out a process id of its own in the connection's key
// data (PostgreSQL manual, "Message Formats", BackendKeyData), which differs from the server process's.
//
// A pooler in session mode never has two of its clients in one server process, nor one client in two: either gives a
// pooler in transaction mode away. One client's process is free as soon as its statement is over, so a second one that
// opens a transaction then is likely to get it, and otherwise keeps what the first one had from it.
func look(ctx context.Context, db *sql.DB) (pooling, error) {
	first, err := db.Conn(ctx)
	if err != nil {
		return direct, err
	}
	defer first.Close()
	var key uint32
	err = first.Raw(func(c any) error {
		key = c.(*stdlib.Conn).Conn().PgConn().PID()
		return nil
	})
	if err != nil {
		return direct, err
	}
	before, err := backend(ctx, first)
	if err != nil || before == key {
		return direct, err
	}
	sharing, cancel := context.WithTimeout(ctx, sharingTimeout)
	defer cancel()
	shared, err := shares(sharing, db, first, before)
	switch {
	case ctx.Err() != nil:
		return direct, context.Cause(ctx)
	case err == nil && shared:
		return transaction, nil
	}
	return unsure, nil // an error may be the pool's that is full
}

// sharingRounds is how often two clients are compared. Others may be using the pool, so that one look is not enough.
const sharingRounds = 5

// shares has a second client work beside a first one, and reports whether they were seen in each other's process, or the
// first one in another than before.
func shares(ctx context.Context, db *sql.DB, first *sql.Conn, before uint32) (bool, error) {
	second, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer second.Close()
	for range sharingRounds {
		if shared, err := meets(ctx, first, second, before); err != nil || shared {
			return shared, err
		}
	}
	return false, nil
}

// meets is one round: the second client holds a transaction open, and the first one runs a statement.
func meets(ctx context.Context, first, second *sql.Conn, before uint32) (bool, error) {
	tx, err := second.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	held, err := backend(ctx, tx)
	if err != nil || held == before {
		return err == nil, err
	}
	after, err := backend(ctx, first)
	return err == nil && after != before, err
}

// backend returns the id of the server process that runs a statement.
func backend(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (pid uint32, err error) {
	err = q.QueryRowContext(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	return pid, err
}

// checkAdminPooler: provisioning needs sessions of its own, for prepared statements and what a transaction leaves on.
func checkAdminPooler(ctx context.Context, d *doctor) ([]Finding, error) {
	p, err := look(ctx, d.Admin)
	if err != nil {
		return nil, err
	}
	const remedy = "the server's own host and port in admin_dsn"
	switch p {
	case transaction:
		return one(failure(remedy,
			"admin_dsn leads through a pooler in transaction mode: provisioning fails there sooner or later"))
	case unsure:
		return one(warning(remedy, "admin_dsn leads through a pooler, which is right only when that is in session mode"))
	}
	return one(ok("no pooler between admin_dsn and the server"))
}

// checkAppPooler compares what is between application and server with how the application pins.
func checkAppPooler(ctx context.Context, d *doctor) ([]Finding, error) {
	mode, err := d.pinMode()
	if err != nil {
		return nil, err
	}
	p, err := look(ctx, d.plain)
	if err != nil {
		return nil, err
	}
	const remedy = "docex_pin=auto in app_dsn, or no docex_pin"
	switch {
	case p == direct && mode == "transaction":
		return one(ok("no pooler between app_dsn and the server; transactions are pinned, as docex_pin says"))
	case p == direct:
		return one(ok("no pooler between app_dsn and the server; sessions are pinned"))
	case mode == "session" && p == transaction:
		d.unsafe = "docex_pin=session behind this pooler is not safe"
		return one(failure(remedy, "docex_pin=session, and a pooler in transaction mode: statements read other tenants' rows"))
	case mode == "session":
		return one(warning(remedy,
			"docex_pin=session, and a pooler: right only when that is in session mode, which cannot be seen from here"))
	case p == transaction:
		return one(ok("a pooler in transaction mode; each transaction is pinned (docex_pin=%s)", mode))
	}
	return one(ok("a pooler, perhaps in session mode; each transaction is pinned (docex_pin=%s), right in every mode", mode))
}

// pinMode returns docex_pin as app_dsn, or the environment that completes it, has it.
func (d *doctor) pinMode() (string, error) {
	c, err := pgx.ParseConfig(d.AppDSN)
	if err != nil {
		return "", dsnerr.WithoutSecrets(err)
	}
	if mode := c.RuntimeParams["docex_pin"]; mode != "" {
		return mode, nil
	}
	return "auto", nil
}

// setting returns a setting of docex's in app_dsn, "" when it is not there.
func (d *doctor) setting(name string) string {
	c, err := pgx.ParseConfig(d.AppDSN)
	if err != nil {
		return "" // said elsewhere
	}
	return c.RuntimeParams[name]
}
