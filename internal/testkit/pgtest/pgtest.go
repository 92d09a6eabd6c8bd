// Package pgtest gives each test a PostgreSQL database of its own. The entry points are [NewDB] and, for tests that
// share an expensive setup, [NewDBFrom].
//
// The test process has one server, started by the first test that needs it: see package pgserver for where it comes
// from. A test that cannot have a server fails; it is never skipped.
//
// With DOCEX_CITUS_DSN set, the server is the coordinator of a Citus cluster, and a database is one of the cluster: see
// [EnvCitus].
//
// Not promised: protection from other tests through what PostgreSQL shares between databases. Roles are such a thing;
// a role that a test's database knows is dropped with it, but its name is everybody's while it lives.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the administrator's handles

	"github.com/docex/docex/internal/testkit/pgserver"
)

// Cluster is a server with the administrator's handle for what belongs to no single database.
type Cluster struct {
	server *pgserver.Server
	admin  *sql.DB
	nodes  []node // the server, or those of the Citus cluster, the coordinator first
	empty  string // what NewDB copies

	testsRoles bool // roles that tests make themselves are dropped with the database that knows them

	mu        sync.Mutex           // guards templates
	templates map[string]*template // by key
}

// On returns the cluster of one server, which the caller stops.
func On(server *pgserver.Server) (*Cluster, error) {
	admin, err := sql.Open("pgx", server.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	return &Cluster{server: server, admin: admin, nodes: []node{{admin: admin}}, empty: template0}, nil
}

// citus reports whether it is one of Citus.
func (c *Cluster) citus() bool { return len(c.nodes) > 1 }

const template0 = "template0"

// start is called by the first test that needs a server.
var start = sync.OnceValues(func() (*Cluster, error) {
	if Citus() {
		c, err := startCitus(context.Background())
		running = c
		return c, err
	}
	server, err := pgserver.Start(context.Background())
	if err != nil {
		return nil, err
	}
	c, err := On(server)
	if err := errors.Join(err, preferClients(server)); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	c.testsRoles = true
	running = c
	return c, nil
})

var (
	running  *Cluster // nil until start has succeeded; read by Main after the tests
	mainRuns bool     // Main is in charge; written before any test runs
)

// Main runs a package's tests and then removes what they shared. A package that uses [NewDBFrom] calls it from
// TestMain; it does not return.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is [Main] for a TestMain that has more to do: it returns the exit code.
func Run(m *testing.M) (code int) {
	mainRuns = true
	code = m.Run()
	if err := shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	return code
}

func shutdown() error {
	if running == nil {
		return nil
	}
	return errors.Join(dropTemplates(running), running.leave(), running.server.Stop())
}

// Server returns the server of this test process.
func Server(t testing.TB) *pgserver.Server {
	t.Helper()
	return theCluster(t).server
}

func theCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
