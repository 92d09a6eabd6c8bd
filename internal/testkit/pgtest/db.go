package pgtest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"testing"

	"github.com/docex/docex/internal/pgerr"
	"github.com/docex/docex/internal/testkit/pgserver"
)

// DB is a database that one test owns. It is dropped when the test ends, whoever is still connected to it.
type DB struct {
	Name     string
	AdminDSN string // URL; logs in as the server's administrator, a superuser
	AppDSN   string // URL; logs in as AppRole
	AppRole  string // LOGIN NOINHERIT, granted CONNECT on this database and nothing else

	// Distribution is what the database is for docex's configuration, which does not find out: "citus", or empty.
	Distribution string
}

// NewDB returns an empty database with an application role of its own. What PostgreSQL gives to everybody in a new
// database (PUBLIC may connect and make temporary tables) is as on any other server.
func NewDB(t testing.TB) *DB {
	t.Helper()
	return theCluster(t).NewDB(t)
}

// NewDB is [NewDB] on this cluster.
func (c *Cluster) NewDB(t testing.TB) *DB {
	t.Helper()
	return c.untilCleanup(t, func() (*DB, error) { return c.create(c.empty) })
}

// Admin returns the administrator's handle on the database. It is closed when the test ends.
func (d *DB) Admin(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", d.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// create makes a database from a template, and an application role for it.
func (c *Cluster) create(template string) (*DB, error) {
	id := randomHex(6)
	role, password := "docex_app_"+id, randomHex(16)
	db, err := c.clone(template, "docex_test_"+id, url.UserPassword(role, password))
	if err != nil {
		return nil, err
	}
	statements := []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN NOINHERIT PASSWORD '%s'", role, pgserver.Verifier(password)),
		fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", db.Name, role),
	}
	if c.citus() {
		return db, c.join(db.Name, statements)
	}
	for _, statement := range statements {
		if _, err := c.admin.Exec(statement); err != nil {
			return db, rights(fmt.Errorf("docex: throwaway postgresql: application role: %w", err))
		}
	}
	return db, nil
}

// rights adds to an error of missing rights which ones are needed.
func rights(err error) error {
	if pgerr.Is(err, codeInsufficientPrivilege) {
		return fmt.Errorf("%w; the server's URL must name a superuser, or a role with CREATEDB and CREATEROLE", err)
	}
	return err
}

// clone makes a database from a template. Names are letters, digits and underscores: they need no quotes.
func (c *Cluster) clone(template, name string, app *url.Userinfo) (*DB, error) {
	create := fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)
	err := c.everywhere(func(n node) error { _, err := n.admin.Exec(create); return err })
	if err != nil {
		return nil, rights(fmt.Errorf("docex: throwaway postgresql: create database: %w", err))
	}
	appURL, err := url.Parse(c.server.DSN(name))
	if err != nil {
		return nil, err
	}
	appURL.User = app
	q := appURL.Query()
	q.Del("user") // these two, the administrator's, would win
	q.Del("password")
	appURL.RawQuery = q.Encode()
	db := &DB{Name: name, AdminDSN: c.server.DSN(name), AppDSN: appURL.String(), AppRole: app.Username()}
	if c.citus() {
		db.Distribution = "citus"
	}
	return db, nil
}

// untilCleanup makes a database and has the test drop it when it ends.
func (c *Cluster) untilCleanup(t testing.TB, newDB func() (*DB, error)) *DB {
	t.Helper()
	older, err := roles(c.admin, allRoles)
	if err != nil {
		t.Fatal(err)
	}
	db, err := newDB()
	if db != nil {
		t.Cleanup(func() {
			if err := c.drop(db, older); err != nil {
				t.Errorf("drop %s: %v", db.Name, err)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails: see its documentation
	return hex.EncodeToString(b)
}
