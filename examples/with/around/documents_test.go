package around

import (
	"context"
	"database/sql"
	"testing"

	"github.com/docex/docex/provision"
)

var tenants = []string{"acme", "globex", "initech"}

// newDocs has tenants, in each of which table doc holds one row, named after the tenant. A new row says which server
// process has written it, and for whom.
func newDocs(t *testing.T) world {
	t.Helper()
	w := newWorld(t, provision.Config{DDL: provision.DDLString("CREATE TABLE doc (name text, process int, who text)")})
	w.tenants(t, tenants...)
	for _, tenant := range tenants {
		w.exec(t, "ALTER TABLE tenant_"+tenant+".doc ALTER process SET DEFAULT pg_backend_pid(), "+
			"ALTER who SET DEFAULT current_setting('docex.user_id', true)")
		w.exec(t, "INSERT INTO tenant_"+tenant+".doc (name) VALUES ('"+tenant+"')")
	}
	return w
}

// through returns a handle of one connection through a wrapper.
func (w world) through(t *testing.T, wr wrapper, settings ...string) *sql.DB {
	t.Helper()
	db := wr.open(t, with(t, w.AppDSN, settings...))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { closed(t, db) })
	return db
}

// queryer is a DB, Conn or Tx.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// wantSeen fails the test unless q reads the tenant's own row.
func wantSeen(t *testing.T, q queryer, tenant string) {
	t.Helper()
	var name string
	err := q.QueryRowContext(as(tenant), "SELECT name FROM doc WHERE name NOT LIKE $1", "new-%").Scan(&name)
	if err != nil || name != tenant {
		t.Errorf("as %s: saw %q, %v", tenant, name, err)
	}
}

// rows counts a tenant's rows of that name, past docex.
func (w world) rows(t *testing.T, tenant, name string) (n int) {
	t.Helper()
	if err := w.admin.QueryRow("SELECT count(*) FROM tenant_"+tenant+".doc WHERE name = $1", name).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
