package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
)

// EnvCitus names the variable with the URL of a Citus cluster to run the tests on: its coordinator, and a database in
// which the workers are known. The administrator that it names, a superuser, has the same password on each of them.
//
// A [DB] is then a database on each node, with the extension, and the workers are known in it. Tests that need more
// control of their server than a cluster of somebody else's gives go on on one of their own, without Citus.
const EnvCitus = "DOCEX_CITUS_DSN"

// Citus reports whether the tests run on a Citus cluster.
func Citus() bool { return os.Getenv(EnvCitus) != "" }

// SkipOnCitus skips a test of something that Citus does not have. CI runs the test, on a plain server.
func SkipOnCitus(t testing.TB, reason string) {
	t.Helper()
	if Citus() {
		t.Skip("not on Citus: " + reason)
	}
}

// node is a server of a cluster, at the address by which the other ones know it.
type node struct {
	host string
	port int
	dsn  func(database string) string
	// admin is for what is each node's own: databases, and roles that no database of Citus knows any more.
	admin *sql.DB
}

// startCitus leaves an empty database with the extension on each node, for others to be copied from: making the
// extension takes longer than all the rest.
func startCitus(ctx context.Context) (*Cluster, error) {
	server, err := pgserver.At(ctx, os.Getenv(EnvCitus), EnvCitus)
	if err != nil {
		return nil, err
	}
	c := &Cluster{server: server, empty: "docex_citus_" + randomHex(6), testsRoles: true}
	if err := c.findNodes(ctx); err != nil {
		return nil, err
	}
	c.admin = c.nodes[0].admin
	return c, errors.Join(preferClients(server), c.everywhere(func(n node) error { return n.makeEmpty(c.empty) }))
}

// findNodes puts the coordinator first.
func (c *Cluster) findNodes(ctx context.Context) error {
	db, err := sql.Open("pgx", os.Getenv(EnvCitus))
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `
SELECT nodename, nodeport FROM pg_dist_node WHERE noderole = 'primary' AND isactive ORDER BY groupid <> 0, nodeid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n node
		if err := rows.Scan(&n.host, &n.port); err != nil {
			return err
		}
		if n, err = c.open(n, len(c.nodes) == 0); err != nil {
			return err
		}
		c.nodes = append(c.nodes, n)
	}
	if rows.Err() == nil && len(c.nodes) < 2 {
		return errors.New("pgtest: the database of " + EnvCitus + " knows no worker, or not the coordinator: " +
			"SELECT citus_set_coordinator_host(…), citus_add_node(…)")
	}
	return rows.Err()
}

// open adds the handles. The coordinator is where the variable says; the workers need not know it by that name.
func (c *Cluster) open(n node, coordinator bool) (_ node, err error) {
	n.dsn = c.server.DSN
	if !coordinator {
		n.dsn = func(database string) string {
			u, _ := url.Parse(c.server.DSN(database)) // it has been parsed before
			u.Host = net.JoinHostPort(n.host, strconv.Itoa(n.port))
			return u.String()
		}
	}
	u, err := url.Parse(n.dsn("postgres"))
	if err != nil {
		return node{}, err
	}
	q := u.Query()
	q.Set("citus.enable_ddl_propagation", "off")
	u.RawQuery = q.Encode()
	n.admin, err = sql.Open("pgx", u.String())
	return n, err
}

// makeEmpty makes the database that others are copied from. In the end nobody can connect to it, which Citus' daemon
// would do otherwise; a copy has to wait for it.
func (n node) makeEmpty(name string) error {
	if _, err := n.admin.Exec("CREATE DATABASE " + name + " TEMPLATE template0"); err != nil {
		return err
	}
	db, err := sql.Open("pgx", n.dsn(name))
	if err != nil {
		return err
	}
	_, err = db.Exec("CREATE EXTENSION citus")
	return errors.Join(err, db.Close(), disconnect(n.admin, name))
}

// joining locks, for other programs' tests as well, while nodes are added to a database: each time Citus alters the
// administrator's role on the workers, and of two at once one fails. The connection's end unlocks.
const joining = "SELECT pg_advisory_lock(hashtext('docex pgtest join'))"

// join makes the nodes of a database know each other, and then runs statements in it, which reach all of them.
func (c *Cluster) join(name string, statements []string) error {
	lock, err := sql.Open("pgx", c.server.DSN("postgres"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, err := lock.Exec(joining); err != nil {
		return err
	}
	db, err := sql.Open("pgx", c.server.DSN(name))
	if err != nil {
		return err
	}
	defer db.Close()
	const owned = "UPDATE pg_dist_object SET objid = (SELECT oid FROM pg_database WHERE datname = current_database()) " +
		"WHERE classid = 'pg_database'::regclass" // the copy has its template's number there, and its owner reached nobody
	if _, err := db.Exec(owned); err != nil {
		return err
	}
	adding := "SELECT citus_set_coordinator_host($1, $2)"
	for _, n := range c.nodes {
		if _, err := db.Exec(adding, n.host, n.port); err != nil {
			return fmt.Errorf("%s:%d: %w", n.host, n.port, err)
		}
		adding = "SELECT citus_add_node($1, $2)"
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// abandon ends what is prepared in a database and would be in the way of its drop: a test that kills sessions leaves
// it, and Citus' daemon would end it within a minute. Then nobody may connect.
func (n node) abandon(name string) error {
	db, err := sql.Open("pgx", n.dsn(name))
	if err != nil {
		return err
	}
	defer db.Close()
	gids, err := roles(n.admin, "SELECT quote_literal(gid) FROM pg_prepared_xacts WHERE database = $1", name)
	for _, gid := range gids {
		_, failed := db.Exec("ROLLBACK PREPARED " + gid)
		err = errors.Join(err, failed)
	}
	return errors.Join(err, disconnect(n.admin, name))
}

// leave drops what startCitus made.
func (c *Cluster) leave() error {
	return c.everywhere(func(n node) error {
		if c.empty == template0 {
			return nil
		}
		_, err := n.admin.Exec("DROP DATABASE IF EXISTS " + c.empty + " WITH (FORCE)")
		return errors.Join(err, n.admin.Close())
	})
}

// everywhere does something on the server, or on each node of the cluster.
func (c *Cluster) everywhere(f func(n node) error) error {
	errs := make([]error, len(c.nodes))
	var all sync.WaitGroup
	for i, n := range c.nodes {
		all.Go(func() { errs[i] = f(n) })
	}
	all.Wait()
	return errors.Join(errs...)
}
