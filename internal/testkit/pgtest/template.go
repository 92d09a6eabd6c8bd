package pgtest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
)

// template is a database that tests clone. The first test that asks for it prepares it.
type template struct {
	once  sync.Once
	db    *DB
	older []string // the roles that were there before it
	ready bool     // prepare has returned
	err   error    // what it has returned
}

// NewDBFrom returns a database that is a copy of a prepared one. The first call with a key, in this test process, makes
// an empty database and has prepare fill it; everybody is then disconnected from it. A clone shares the application
// role of its template, so that what prepare granted to the role holds in the clone.
//
// If prepare ends its test, the tests that ask for the same key fail too. The package's TestMain must call [Main].
func NewDBFrom(t testing.TB, key string, prepare func(*DB)) *DB {
	t.Helper()
	if !mainRuns {
		t.Fatal("pgtest: NewDBFrom needs a TestMain that calls pgtest.Main, which drops the templates")
	}
	c := theCluster(t)
	if c.citus() { // which does not know a copy of a database for one of its own
		db := c.NewDB(t)
		prepare(db)
		return db
	}
	tmpl := c.prepared(t, key, func(db *DB) error { prepare(db); return nil })
	return c.untilCleanup(t, func() (*DB, error) { return c.cloneOf(tmpl) })
}

// NewCopy is [NewDBFrom] on this cluster, which is none of Citus and whose end takes the templates with it. The copy
// has an application role of its own. An error of prepare's fails each test that asks for the key.
func (c *Cluster) NewCopy(t testing.TB, key string, prepare func(*DB) error) *DB {
	t.Helper()
	tmpl := c.prepared(t, key, prepare)
	return c.untilCleanup(t, func() (*DB, error) { return c.create(tmpl.db.Name) })
}

// prepared returns the template of a key, which the first call prepares.
func (c *Cluster) prepared(t testing.TB, key string, prepare func(*DB) error) *template {
	t.Helper()
	tmpl := c.templateOf(key)
	tmpl.once.Do(func() { tmpl.err = c.prepare(tmpl, prepare) })
	if tmpl.err != nil {
		t.Fatal(tmpl.err)
	}
	if !tmpl.ready {
		t.Fatalf("pgtest: template %q: its preparation failed in an earlier test", key)
	}
	return tmpl
}

func (c *Cluster) templateOf(key string) *template {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.templates == nil {
		c.templates = map[string]*template{}
	}
	if c.templates[key] == nil {
		c.templates[key] = &template{}
	}
	return c.templates[key]
}

func (c *Cluster) prepare(tmpl *template, fill func(*DB) error) (err error) {
	if tmpl.older, err = roles(c.admin, allRoles); err != nil {
		return err
	}
	if tmpl.db, err = c.create(c.empty); err != nil {
		return err
	}
	if err = fill(tmpl.db); err != nil {
		return err
	}
	err = disconnect(c.admin, tmpl.db.Name)
	tmpl.ready = err == nil
	return err
}

// disconnect keeps everybody out: PostgreSQL copies only a database that nobody is connected to.
func disconnect(admin *sql.DB, database string) error {
	if _, err := admin.Exec("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	const seconds = 10
	_, err := admin.Exec("SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity WHERE datname = $1", database,
		seconds*1000)
	return err
}

func (c *Cluster) cloneOf(tmpl *template) (*DB, error) {
	app, err := url.Parse(tmpl.db.AppDSN)
	if err != nil {
		return nil, err
	}
	db, err := c.clone(tmpl.db.Name, "docex_test_"+randomHex(6), app.User)
	if err != nil {
		return nil, err
	}
	_, err = c.admin.Exec(fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", db.Name, db.AppRole))
	return db, err
}

// dropTemplates runs when no test is left.
func dropTemplates(c *Cluster) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, tmpl := range c.templates {
		if tmpl.db != nil {
			errs = append(errs, c.drop(tmpl.db, tmpl.older))
		}
	}
	return errors.Join(errs...)
}
