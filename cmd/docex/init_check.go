package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/provision"
)

// errDatabasesDiffer: the two DSNs of a configuration lead to different databases.
var errDatabasesDiffer = errors.New("docex: database.app_dsn leads to another database than database.admin_dsn")

// dsnError is an error about a DSN of the configuration.
type dsnError struct {
	setting string
	err     error
}

func (e dsnError) Error() string {
	return "docex: database." + e.setting + ": " + strings.TrimPrefix(e.err.Error(), "docex: ")
}

func (e dsnError) Unwrap() error { return e.err }

// login is what a server says of a session.
type login struct{ role, database string }

// checkLogins logs in with both DSNs and returns what the application's session is. It changes nothing. The error says
// which DSN it is about, and matches errDatabasesDiffer when they do not lead to the same database, or
// provision.ErrAppRole when they log in as the same role, which would own what it is to be kept from.
//
// That they do is proved by an advisory lock that one session holds and the other cannot get: such locks are a
// database's own (PostgreSQL manual, 13.3.5 "Advisory Locks"), while names can be alike, and identifiers too where a
// server is a copy.
func checkLogins(ctx context.Context, admin *sql.DB, cfg config.Config) (login, error) {
	app, err := appConfig(cfg)
	if err != nil {
		return login{}, dsnError{"app_dsn", err}
	}
	tx, err := admin.BeginTx(ctx, nil)
	if err != nil {
		return login{}, dsnError{"admin_dsn", err}
	}
	defer tx.Rollback()
	key := rand.Int64()
	var administrator, database string
	const hold = `SELECT session_user, current_database() FROM pg_catalog.pg_advisory_xact_lock($1)`
	if err := tx.QueryRowContext(ctx, hold, key).Scan(&administrator, &database); err != nil {
		return login{}, dsnError{"admin_dsn", err}
	}
	l, free, err := logIn(ctx, app, key)
	switch {
	case err != nil:
		return l, dsnError{"app_dsn", missingRole(ctx, tx, err, app.User)}
	case free:
		return l, fmt.Errorf("%w: to %q, and the administrator's to %q", errDatabasesDiffer, l.database, database)
	case l.role == administrator:
		return l,
			dsnError{"app_dsn", fmt.Errorf("%w: it logs in as %q, who is the administrator: an owner has all tenants' rights",
				provision.ErrAppRole, l.role)}
	}
	return l, nil
}

// appConfig returns the application's DSN without the settings of docex: the driver, which checks it, connects to
// nothing that is not initialised.
func appConfig(cfg config.Config) (*pgx.ConnConfig, error) {
	_, dsn, err := appConnector(cfg)
	if err != nil {
		return nil, err
	}
	return dsnerr.ParsePlain(dsn)
}

// logIn says who the session of a DSN is, and whether an advisory lock is free for it.
func logIn(ctx context.Context, pc *pgx.ConnConfig, key int64) (l login, free bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, pc)
	if err != nil {
		return l, false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	const query = `SELECT session_user, current_database(), pg_catalog.pg_try_advisory_xact_lock($1)`
	err = conn.QueryRow(ctx, query, key).Scan(&l.role, &l.database, &free)
	return l, free, err
}

// missingRole returns err, or, when the log-in failed because there is no such role, an error that says so: the server
// tells nobody but the administrator. For want of a role it gives either code.
func missingRole(ctx context.Context, tx *sql.Tx, err error, role string) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != codeInvalidAuthorization && pg.Code != codeInvalidPassword {
		return err
	}
	var there bool
	const query = `SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)`
	if tx.QueryRowContext(ctx, query, role).Scan(&there) != nil || there {
		return err
	}
	return fmt.Errorf("%w: role %q does not exist", provision.ErrAppRole, role)
}
