package doctor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// The scripts of cmd/docex run every check on the real program. Here is what they cannot do.

// world is an initialised database with one tenant, whose administrator is no superuser.
type world struct {
	options  Options
	findings []Finding
	admin    *sql.DB // the superuser's
	db       *pgtest.DB
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, func(*provision.Config) {})
}

// newWorldWith lets the test configure the provisioner otherwise. Without an AppRole the superuser does everything.
func newWorldWith(t *testing.T, change func(*provision.Config)) *world {
	t.Helper()
	db := pgtest.NewDB(t)
	w := &world{admin: db.Admin(t), db: db}
	administrator := db.AppRole + "_admin"
	for _, statement := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN CREATEROLE PASSWORD 'doctor'", administrator),
		fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", db.Name, administrator),
	} {
		if _, err := w.admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	dsn, err := url.Parse(db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	cfg := provision.Config{AppRole: db.AppRole, Distribution: provision.Distribution(db.Distribution)}
	if change(&cfg); cfg.AppRole == "" {
		db.AppDSN = db.AdminDSN + "&docex_allow_weak_login=true"
	} else {
		dsn.User = url.UserPassword(administrator, "doctor")
	}
	handle, err := sql.Open("pgx", dsn.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { handle.Close() })
	p, err := provision.New(handle, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	w.options = Options{
		Config: config.Default(), Admin: handle, Provisioner: p, AppDSN: db.AppDSN,
		Report:   func(f Finding) { w.findings = append(w.findings, f) },
		Progress: func(int, int) {},
		Remedy:   func(error) string { return "" },
	}
	return w
}

// left is what is in the database of docex's.
func (w *world) left(t *testing.T) []string {
	t.Helper()
	rows, err := w.admin.Query(`
SELECT 'tenant ' || id || ' ' || state FROM docex_system.tenant
UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'tenant%'
UNION ALL SELECT 'role of ' || substr(rolname, length(shared_role) + 2) FROM pg_roles, docex_system.installation
           WHERE starts_with(rolname, shared_role || '_')
UNION ALL SELECT 'default privileges of ' || defaclnamespace::regnamespace FROM pg_default_acl
  GROUP BY defaclnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// An administrator who is no superuser can run all of it.
func TestOrdinaryAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.left(t)
	if err := Run(t.Context(), w.options); err != nil {
		t.Fatal(err)
	}
	for _, f := range w.findings {
		if f.Status != OK {
			t.Errorf("%s %s: %s", f.Status, f.Check, f.Detail)
		}
	}
	want := len(checks) - 1 + len(stages)
	if !pgtest.Citus() {
		want-- // a single server has no nodes
	}
	if len(w.findings) != want {
		t.Errorf("%d findings, want %d", len(w.findings), want)
	}
	if diff := cmp.Diff(before, w.left(t)); diff != "" {
		t.Errorf("what it has left (-before +after):\n%s", diff)
	}
}

// An interrupt ends the proof where it is, and the scratch tenants are removed all the same.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.left(t)
	for _, at := range []string{"isolation-rows", "isolation-suspend"} {
		ctx, cancel := context.WithCancel(t.Context())
		o := w.options
		var during []string
		o.Report = func(f Finding) {
			if f.Check == at {
				during = w.left(t)
				cancel()
			}
			if during != nil && f.Check != at {
				t.Errorf("after the interrupt at %s: %s %s: %s", at, f.Status, f.Check, f.Detail)
			}
		}
		if err := Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at %s: %v", at, err)
		}
		if len(during) < len(before)+2*4 {
			t.Errorf("at %s there were no scratch tenants: %q", at, during)
		}
		if diff := cmp.Diff(before, w.left(t)); diff != "" {
			t.Errorf("what an interrupt at %s has left (-before +after):\n%s", at, diff)
		}
		cancel()
	}
}
