package session

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

// world is a database with the tenants acme and globex. Each has a table note with one row, the tenant's name, and a
// view with what the server knows of the session.
type world struct {
	*pgtest.DB
	admin *sql.DB
	prov  *provision.Provisioner
}

var tenants = []string{"acme", "globex"}

const noteDDL = `
	CREATE TABLE note (text text);
	INSERT INTO note VALUES (replace(current_schema, 'tenant_', ''));
	CREATE VIEW me AS SELECT current_setting('docex.user_id') AS who, current_setting('transaction_isolation') AS level;`

// newWorld returns a world of its own: tests change roles in it.
func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.NewDB(t)
	w := &world{DB: db, admin: db.Admin(t)}
	w.populate(t, provision.Config{AppRole: db.AppRole})
	return w
}

func (w *world) populate(t *testing.T, cfg provision.Config) {
	t.Helper()
	cfg.DDL, cfg.Distribution = provision.DDLString(noteDDL), provision.Distribution(w.Distribution)
	var err error
	if w.prov, err = provision.New(w.admin, cfg); err != nil {
		t.Fatal(err)
	}
	if err := w.prov.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range tenants {
		if _, err := w.prov.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
}

// exec runs the administrator's statements.
func (w *world) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := w.admin.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// role returns the role of a tenant.
func (w *world) role(t *testing.T, tenant string) string {
	t.Helper()
	known, err := w.prov.Get(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return known.Role
}

// notes returns what is in a tenant's table, past the session.
func (w *world) notes(t *testing.T, tenant string) (n int) {
	t.Helper()
	if err := w.admin.QueryRow("SELECT count(*) FROM " + scope.SchemaPrefix + tenant + ".note").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// withParams adds name, value pairs to a DSN.
func withParams(t *testing.T, dsn string, params ...string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// as returns a context for a user of the tenant.
func as(tenant string) context.Context {
	return scope.With(context.Background(), scope.UserContext{UserID: "u-" + tenant, TenantID: tenant})
}
