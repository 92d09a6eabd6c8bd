package doctor

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/dsnerr"
)

// connectTimeout bounds the first connection of each kind.
const connectTimeout = 20 * time.Second

// checkFile looks at who may read a file with a password in it.
func checkFile(_ context.Context, d *doctor) ([]Finding, error) {
	if !d.Config.Secret() {
		return one(ok("%s holds no password", d.Path))
	}
	info, err := os.Stat(d.Path)
	if err != nil {
		return nil, err
	}
	if others := info.Mode().Perm() & 0o077; others != 0 {
		return one(warning("chmod 600 "+d.Path+", or ${VAR} in place of the DSN",
			"%s holds a password, and its mode %#o lets others at it", d.Path, info.Mode().Perm()))
	}
	return one(ok("%s holds a password, and is its owner's alone", d.Path))
}

func checkAdmin(ctx context.Context, d *doctor) ([]Finding, error) {
	connecting, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	var database string
	d.adminErr = d.Admin.QueryRowContext(connecting, `SELECT session_user, current_database()`).Scan(&d.administrator,
		&database)
	if d.adminErr != nil {
		return nil, d.adminErr
	}
	return one(ok("logs in as %q to database %q", d.administrator, database))
}

// checkApp opens the application's two handles: as its program does, and without the driver.
func checkApp(ctx context.Context, d *doctor) ([]Finding, error) {
	connecting, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	d.appErr = d.openApp()
	if d.appErr == nil {
		d.appErr = d.guarded.PingContext(connecting)
	}
	if d.appErr == nil {
		d.appErr = d.plain.QueryRowContext(connecting, `SELECT session_user`).Scan(&d.login)
	}
	if d.appErr != nil {
		return d.noLogin(ctx)
	}
	return one(ok("logs in as %q through the docex driver", d.login))
}

func (d *doctor) openApp() error {
	policy, err := d.Config.Guard()
	if err != nil {
		return err
	}
	guarded, err := driver.NewConnector(d.AppDSN, driver.Config{Policy: policy,
		SystemSchema: d.Config.Provision.SystemSchema})
	if err != nil {
		return err
	}
	plain, err := dsnerr.ParsePlain(d.AppDSN)
	if err != nil {
		return err
	}
	plain.DefaultQueryExecMode = pgx.QueryExecModeExec // which keeps nothing in the session: it may be a pooler's
	d.guarded, d.plain = sql.OpenDB(guarded), stdlib.OpenDB(*plain)
	// A pooler in session mode, or a limit of the role's, may have few connections to give.
	d.guarded.SetMaxIdleConns(0)
	d.plain.SetMaxIdleConns(0)
	return nil
}

// noLogin is what there is to say of an error at the log-in of the application.
func (d *doctor) noLogin(ctx context.Context) ([]Finding, error) {
	name := d.unknownLogin(ctx)
	switch {
	case name == "":
		return nil, d.appErr
	case d.cause != "":
		return one(skipped("because %s", d.cause))
	}
	return one(failure(createLogin(name), "app_dsn logs in as %q, which is not on the server", name))
}

// unknownLogin returns the role that app_dsn logs in as, where the administrator sees that the server has none of that
// name: a server says only that the password is wrong. It is "" otherwise.
func (d *doctor) unknownLogin(ctx context.Context) string {
	c, err := pgx.ParseConfig(d.AppDSN)
	if err != nil || d.adminErr != nil {
		return ""
	}
	var there bool
	err = d.readOne(ctx, `SELECT to_regrole(quote_ident($1)) IS NOT NULL`, []any{c.User}, &there)
	if err != nil || there {
		return ""
	}
	return c.User
}

// setting returns a setting of docex's in app_dsn, "" when it is not there.
func (d *doctor) setting(name string) string {
	c, err := pgx.ParseConfig(d.AppDSN)
	if err != nil {
		return "" // said elsewhere
	}
	return c.RuntimeParams[name]
}

// checkSameDatabase has the administrator hold an advisory lock, which is a database's own, and the application try to
// get it: names and addresses can be alike where databases are not, and differ where a pooler is in between.
func checkSameDatabase(ctx context.Context, d *doctor) ([]Finding, error) {
	tx, err := d.Admin.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	key := rand.Int64()
	if _, err := tx.ExecContext(ctx, `SELECT pg_catalog.pg_advisory_xact_lock($1)`, key); err != nil {
		return nil, err
	}
	var database string
	var replica, free bool
	const try = `SELECT current_database(), pg_catalog.pg_is_in_recovery(), pg_catalog.pg_try_advisory_xact_lock($1)`
	if err := d.plain.QueryRowContext(ctx, try, key).Scan(&database, &replica, &free); err != nil {
		return nil, err
	}
	if !free {
		return one(ok("app_dsn and admin_dsn lead to database %q of one server", database))
	}
	d.elsewhere = true
	what := fmt.Sprintf("database %q", database)
	if replica {
		what += ", a replica"
	}
	return one(failure("the same host, port and database in app_dsn as in admin_dsn",
		"app_dsn leads to %s, which is not where admin_dsn leads", what))
}
