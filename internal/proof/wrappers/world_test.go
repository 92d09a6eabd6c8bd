package wrappers

import (
	"context"
	"database/sql"
	"net/url"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a database with tenants, in each of which table doc holds one row, named after the tenant. A new row says
// which server process has written it, and for whom.
type world struct {
	*pgtest.DB
	admin *sql.DB
}

var tenants = []string{"acme", "globex", "initech"}

func newWorld(t *testing.T) world {
	t.Helper()
	db := pgtest.NewDB(t)
	w := world{db, db.Admin(t)}
	p, err := provision.New(w.admin, provision.Config{AppRole: db.AppRole, DDL: provision.DDLString(
		"CREATE TABLE doc (name text, process int, who text)")})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		if _, err := p.Create(context.Background(), provision.Tenant{ID: tenant}); err != nil {
			t.Fatal(err)
		}
		w.exec(t, "ALTER TABLE tenant_"+tenant+".doc ALTER process SET DEFAULT pg_backend_pid(), "+
			"ALTER who SET DEFAULT current_setting('docex.user_id', true)")
		w.exec(t, "INSERT INTO tenant_"+tenant+".doc (name) VALUES ('"+tenant+"')")
	}
	return w
}

func (w world) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := w.admin.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// open returns a handle of one connection through a wrapper.
func (w world) open(t *testing.T, wr wrapper, params ...string) *sql.DB {
	t.Helper()
	u, err := url.Parse(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	u.RawQuery = q.Encode()
	db := wr.open(t, u.String())
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func as(tenant string) context.Context {
	return scope.With(context.Background(), scope.UserContext{UserID: "u-" + tenant, TenantID: tenant})
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
