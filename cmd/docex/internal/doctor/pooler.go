package doctor

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pooling is what a look at the way to the server has shown.
type pooling int

const (
	unseen      pooling = iota // no pooler, or one that keeps a server session for each client and looks like the server
	unknown                    // the same, and no second connection was to be had to look for sharing
	unsure                     // a pooler that was not seen to share; it may be in session mode
	transaction                // a pooler that gives each transaction a server session: seen to do so
	statement                  // a pooler that refuses transactions
)

// sharingTimeout bounds the wait for a second session of the pooler's, which a full pool does not give.
const sharingTimeout = 5 * time.Second

// look finds out what is between db and the server.
//
// A pooler in session mode never has two of its clients in one server process, nor one client in two: either gives a
// pooler in transaction mode away. One client's process is free as soon as its statement is over, so a second one that
// opens a transaction then is likely to get it, and otherwise keeps what the first one had from it.
//
// Some poolers hand out process ids of their own in the connection's key data (PostgreSQL manual, "Message Formats",
// BackendKeyData). Others pass the server's on, so equal ids prove nothing.
func look(ctx context.Context, db *sql.DB) (pooling, error) {
	first, err := db.Conn(ctx)
	if err != nil {
		return unseen, err
	}
	defer first.Close()
	var key uint32
	err = first.Raw(func(c any) error {
		key = c.(*stdlib.Conn).Conn().PgConn().PID()
		return nil
	})
	if err != nil {
		return unseen, err
	}
	before, err := backend(ctx, first)
	if err != nil {
		return unseen, err
	}
	sharing, cancel := context.WithTimeout(ctx, sharingTimeout)
	defer cancel()
	shared, err := shares(sharing, db, first, before)
	switch {
	case ctx.Err() != nil:
		return unseen, context.Cause(ctx)
	case refusesTransactions(err):
		return statement, nil
	case err == nil && shared:
		return transaction, nil
	case before != key:
		return unsure, nil // an error may be the pool's that is full
	case err != nil:
		return unknown, nil // or the role's limit of connections
	}
	return unseen, nil
}

// refusesTransactions recognises PgBouncer's statement mode, in the answer to BEGIN: 08P01, "transaction blocks not
// allowed in statement pooling mode".
func refusesTransactions(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && strings.Contains(pg.Message, "transaction blocks not allowed")
}

// sharingRounds is how often two clients are compared. Others may be using the pool, so that one look is not enough.
const sharingRounds = 5

// shares has a second client work beside a first one, and reports whether they were seen in each other's process, or
// the first one in another than before.
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
	case statement:
		return one(failure(remedy, "admin_dsn leads through a pooler in statement mode: nothing can be provisioned there"))
	case transaction:
		return one(failure(remedy,
			"admin_dsn leads through a pooler in transaction mode: provisioning fails there sooner or later"))
	case unsure:
		return one(warning(remedy, "admin_dsn leads through a pooler, which is right only when that is in session mode"))
	}
	return one(ok("no pooler seen between admin_dsn and the server"))
}
