package doctor

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/dsnerr"
)

// connectTimeout bounds the first connection of each kind.
const connectTimeout = 20 * time.Second

// What a DSN looks like that holds a password, when environment variables are taken out of it.
var (
	variables = regexp.MustCompile(`\$\{[^}]*\}`)
	password  = regexp.MustCompile(`://[^@]*:[^@]+@|password\s*=\s*[^\s&]`)
)

func holdsPassword(dsn config.DSN) bool {
	return password.MatchString(variables.ReplaceAllString(string(dsn), ""))
}

// checkFile looks at who may read a file with a password in it.
func checkFile(_ context.Context, d *doctor) ([]Finding, error) {
	if !holdsPassword(d.Config.Database.AdminDSN) && !holdsPassword(d.Config.Database.AppDSN) {
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
	d.adminErr = d.Admin.QueryRowContext(connecting, `SELECT session_user, current_database()`).Scan(&d.administrator, &database)
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
		return nil, d.appErr
	}
	return one(ok("logs in as %q through the docex driver", d.login))
}

func (d *doctor) openApp() error {
	policy, err := d.Config.Guard()
	if err != nil {
		return err
	}
	guarded, err := driver.NewConnector(d.AppDSN, driver.Config{Policy: policy, SystemSchema: d.Config.Provision.SystemSchema})
	if err != nil {
		return err
	}
	plain, err := d.plainConfig()
	if err != nil {
		return err
	}
	d.guarded, d.plain = sql.OpenDB(guarded), stdlib.OpenDB(*plain)
	// A pooler in session mode, or a limit of the role's, may have few connections to give.
	d.guarded.SetMaxIdleConns(0)
	d.plain.SetMaxIdleConns(0)
	return nil
}

// plainConfig returns what app_dsn means without the driver, in a mode that keeps nothing in the session: it may be a
// pooler's.
func (d *doctor) plainConfig() (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(d.AppDSN)
	if err != nil {
		return nil, dsnerr.WithoutSecrets(err)
	}
	for name := range c.RuntimeParams {
		if strings.HasPrefix(name, "docex_") {
			delete(c.RuntimeParams, name)
		}
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	return c, nil
}

// checkSameDatabase has the application take an advisory lock that nobody else takes, and the administrator look for it:
// names and addresses can be alike where databases are not, and differ where a pooler is in between.
func checkSameDatabase(ctx context.Context, d *doctor) ([]Finding, error) {
	tx, err := d.plain.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	var database string
	var replica, seen bool
	key := [2]int32{rand.Int32(), rand.Int32()}
	const lock = `SELECT current_database(), pg_is_in_recovery() FROM pg_advisory_xact_lock($1, $2)`
	if err := tx.QueryRowContext(ctx, lock, key[0], key[1]).Scan(&database, &replica); err != nil {
		return nil, err
	}
	const look = `
SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
                WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND d.datname = current_database()
                  AND l.classid::bigint = $1 AND l.objid::bigint = $2)`
	if err := d.readOne(ctx, look, []any{key[0], key[1]}, &seen); err != nil {
		return nil, err
	}
	if seen {
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
