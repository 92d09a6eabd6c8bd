package around

import (
	"context"
	"database/sql"
	"net/url"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a database with docex in it, an administrator's handle, and no tenant.
type world struct {
	*pgtest.DB
	admin *sql.DB
	*provision.Provisioner
}

// newWorld initialises an empty database. The application logs in as AppDSN says, the administrator as AdminDSN.
func newWorld(t *testing.T, cfg provision.Config) world {
	t.Helper()
	db := pgtest.NewDB(t)
	cfg.AppRole = db.AppRole
	w := world{DB: db, admin: db.Admin(t)}
	var err error
	if w.Provisioner, err = provision.New(w.admin, cfg); err != nil {
		t.Fatal(err)
	}
	if err := w.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// tenants creates tenants.
func (w world) tenants(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := w.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
}

// open is sql.Open of docex, with settings behind the DSN: "docex_catalog", "orm".
func (w world) open(t *testing.T, settings ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver.Name, with(t, w.AppDSN, settings...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, db) })
	return db
}

// exec runs a statement as the administrator.
func (w world) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := w.admin.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// with adds settings to a DSN: a name, a value, and so on.
func with(t *testing.T, dsn string, settings ...string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i+1 < len(settings); i += 2 {
		q.Set(settings[i], settings[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func closed(t *testing.T, db *sql.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// user is somebody of a tenant's.
func user(tenant string) scope.UserContext {
	return scope.UserContext{UserID: "u-" + tenant, TenantID: tenant}
}

// as is the context of a request of that tenant's user.
func as(tenant string) context.Context { return scope.With(context.Background(), user(tenant)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// value reads one value.
func value[T any](t *testing.T, db *sql.DB, ctx context.Context, text string, args ...any) (v T) {
	t.Helper()
	if err := db.QueryRowContext(ctx, text, args...).Scan(&v); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return v
}
