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
}

var (
	templatesMu sync.Mutex
	templates   = map[string]*template{} // by key; guarded by templatesMu
)

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
	if Citus() { // which does not know a copy of a database for one of its own
		db := NewDB(t)
		prepare(db)
		return db
	}
	c := theCluster(t)
	tmpl := templateOf(key)
	var err error
	tmpl.once.Do(func() { err = c.prepare(tmpl, prepare) })
	if err != nil {
		t.Fatal(err)
	}
	if !tmpl.ready {
		t.Fatalf("pgtest: template %q: its preparation failed in an earlier test", key)
	}
	return c.untilCleanup(t, func() (*DB, error) { return c.cloneOf(tmpl) })
}

func templateOf(key string) *template {
	templatesMu.Lock()
	defer templatesMu.Unlock()
	if templates[key] == nil {
		templates[key] = &template{}
	}
	return templates[key]
}

func (c *cluster) prepare(tmpl *template, fill func(*DB)) (err error) {
	if tmpl.older, err = roles(c.admin, allRoles); err != nil {
		return err
	}
	if tmpl.db, err = c.create(); err != nil {
		return err
	}
	fill(tmpl.db)
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

func (c *cluster) cloneOf(tmpl *template) (*DB, error) {
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
func dropTemplates(c *cluster) error {
	templatesMu.Lock()
	defer templatesMu.Unlock()
	var errs []error
	for _, tmpl := range templates {
		if tmpl.db != nil {
			errs = append(errs, c.drop(tmpl.db, tmpl.older))
		}
	}
	return errors.Join(errs...)
}
