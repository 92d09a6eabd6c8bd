// Quickstart is docex from nothing to refusals, in one sitting: it prepares a throwaway PostgreSQL, creates two
// tenants, stores and reads documents for both through sqlx, and then tries what must not work.
//
// `make demo` runs it. A program of yours would keep the two halves apart: an operator's tool provisions with an
// administrator's rights (package provision), the application knows only the driver (package driver).
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/docex/docex/internal/testkit/pgserver"
	_ "github.com/jackc/pgx/v5/stdlib" // the administrator's plain handle
)

func main() {
	if err := demo(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// demo tells the story on a PostgreSQL of its own, or in a new database on the server that DATABASE_URL names.
func demo(ctx context.Context) (err error) {
	server, err := pgserver.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	root, err := sql.Open("pgx", server.DSN("postgres")) //docex:admin makes the database and the application's role
	if err != nil {
		return err
	}
	defer root.Close()

	// The application logs in as a role that may connect and nothing else; provisioning grants it the tenants' roles.
	name, password := "docex_quickstart_"+rand.Text()[:8], rand.Text()
	app := url.UserPassword(name, password)
	if err := execAll(ctx, root,
		fmt.Sprintf("CREATE ROLE %q LOGIN NOINHERIT PASSWORD '%s'", name, password),
		fmt.Sprintf("CREATE DATABASE %q", name)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tidy(ctx, root, name)) }()
	appDSN, err := url.Parse(server.DSN(name))
	if err != nil {
		return err
	}
	appDSN.User = app
	return story(ctx, os.Stdout, server.DSN(name), appDSN.String())
}

// tidy removes what demo made, for a server that outlives it.
//
//docex:admin roles belong to the whole server
func tidy(ctx context.Context, root *sql.DB, name string) error {
	rows, err := root.QueryContext(ctx, `SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
		JOIN pg_roles a ON a.oid = m.member WHERE a.rolname = $1`, name)
	if err != nil {
		return err
	}
	defer rows.Close()
	drops := []string{fmt.Sprintf("DROP DATABASE %q WITH (FORCE)", name)}
	for rows.Next() {
		var role string
		if err := rows.Scan(&role); err != nil {
			return err
		}
		drops = append(drops, fmt.Sprintf("DROP ROLE %q", role))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return execAll(ctx, root, append(drops, fmt.Sprintf("DROP ROLE %q", name))...)
}

func execAll(ctx context.Context, db *sql.DB, statements ...string) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
