package provision_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

const next = "FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')"

// The application can use a partition as soon as it is there, by itself or through its parent, and Verify finds
// nothing.
func TestAddPartition(t *testing.T) {
	t.Parallel()
	for _, roles := range []bool{true, false} {
		cfg := partitioned(t)
		cfg.NoTenantRoles = !roles
		w, p := twoTenants(t, cfg)
		w.exec("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
		for _, part := range []provision.Partition{
			{Of: "log", Name: "log_2027", Bounds: next},
			{Of: "log", Name: `Log "2028"`, Bounds: "for\nvalues FROM ('2028-01-01') TO ('2029-01-01') " +
				"PARTITION BY RANGE (day) -- all"},
			{Of: `Log "2028"`, Name: "rest", Bounds: "DEFAULT WITH (fillfactor = 70)"},
		} {
			if err := p.AddPartition(t.Context(), "acme", part); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []string{"acme", "globex"} {
			if err := p.Verify(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		app := w.app()
		if roles {
			if err := app.pin("acme"); err != nil {
				t.Fatal(err)
			}
		} else {
			app.must("SET search_path = tenant_acme")
		}
		app.must(`INSERT INTO log VALUES (1, '2027-02-02', 'a'), (2, '2028-02-02', 'b'); UPDATE log_2027 SET note = 'c';
			DELETE FROM "Log ""2028"""; SELECT FROM rest`)
		if got := app.code("TRUNCATE log_2027"); got != denied {
			t.Errorf("TRUNCATE: code %q", got)
		}
		if got := w.value(`SELECT count(*) FROM tenant_acme.log_2027`); got != "1" {
			t.Errorf("%s rows", got)
		}
		const other = `SELECT to_regclass('tenant_globex.log_2027')`
		if got := w.value(other); got != "" {
			t.Errorf("the other tenant has %s", got)
		}
		es, err := p.Audit(t.Context(), provision.AuditOptions{Action: "add partition"})
		if err != nil || len(es) != 3 || es[0].Detail != `"log_2027" of "log" `+next || es[0].Outcome != provision.Done {
			t.Errorf("the audit log says %+v: %v", es, err)
		}
	}
}

// ForEachTenant makes them in all tenants, and default privileges do the rest.
func TestForEachTenantAddsPartitions(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	if err := p.Suspend(t.Context(), "globex"); err != nil {
		t.Fatal(err)
	}
	options := provision.ForEachOptions{Reason: "partitions", AsAdministrator: true, Suspended: true}
	for range 2 {
		n, err := p.ForEachTenant(t.Context(), options, func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
			_, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS log_2027 PARTITION OF log "+next)
			return err
		})
		if n != 2 || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := p.Resume(t.Context(), "globex"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"acme", "globex"} {
		if err := p.Verify(t.Context(), id); err != nil {
			t.Error(err)
		}
		app := w.app()
		if err := app.pin(id); err != nil {
			t.Fatal(err)
		}
		app.must("INSERT INTO log VALUES (1, '2027-02-02', 'a'); SELECT FROM log_2027")
	}
}

// A partition gives the tenant's role no more rights than the table, and has the same owner.
func TestAddPartitionCopiesRights(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	owner := "owner_" + w.AppRole
	w.exec(`CREATE ROLE `+owner, `GRANT CREATE, USAGE ON SCHEMA tenant_acme TO `+owner,
		`ALTER TABLE tenant_acme.log OWNER TO `+owner,
		`REVOKE INSERT, UPDATE, DELETE ON tenant_acme.log FROM "`+acme.Role+`"`)
	t.Cleanup(func() {
		for _, s := range []string{`DROP OWNED BY ` + owner + ` CASCADE`, `DROP ROLE ` + owner} {
			if _, err := w.admin.ExecContext(context.Background(), s); err != nil {
				t.Error(err)
			}
		}
	})
	if err := p.AddPartition(t.Context(), "acme", provision.Partition{Of: "log", Name: "new", Bounds: next}); err != nil {
		t.Fatal(err)
	}
	const rights = `SELECT c.relowner::regrole || ': ' || string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
 FROM pg_class AS c, aclexplode(c.relacl) AS a
 WHERE c.oid = 'tenant_acme.new'::regclass AND a.grantee <> c.relowner GROUP BY c.relowner`
	if got := w.value(rights); got != owner+": SELECT" {
		t.Errorf("owner and rights: %s", got)
	}
}

func TestAddPartitionRefuses(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	before := w.objects()
	for _, c := range []struct {
		id, of, name, bounds string
		want                 error
	}{
		{"acme", "line", "n", "DEFAULT", provision.ErrNotPartitioned},
		{"acme", "log_old", "n", "DEFAULT", provision.ErrNotPartitioned},
		{"acme", "nothing", "n", "DEFAULT", provision.ErrNotPartitioned},
		{"acme", "LOG", "n", "DEFAULT", provision.ErrNotPartitioned},
		{"acme", "tenant_globex.log", "n", "DEFAULT", provision.ErrNotPartitioned},
		{"acme", "log", "log_old", next, provision.ErrTableExists},
		{"acme", "", "n", "DEFAULT", provision.ErrInvalidConfig},
		{"acme", "log", strings.Repeat("n", 64), next, provision.ErrInvalidConfig},
		{"acme", "log", "n\x00", next, provision.ErrInvalidConfig},
		{"acme", "log", "n", "", provision.ErrInvalidConfig},
		{"acme", "log", "n", "(note DEFAULT 'x') " + next, provision.ErrInvalidConfig},
		{"acme", "log", "n", next + "; DROP TABLE log", provision.ErrInvalidConfig},
		{"acme", "log", "n", next + "; SELECT 1", provision.ErrInvalidConfig},
		{"acme", "log", "n", "DEFAULT; COMMIT", provision.ErrInvalidConfig},
		{"acme", "log", "n", "DEFAULT /* open", provision.ErrInvalidConfig},
		{"acme", "log", "n", "FOR VALUES FROM ('2027-01-01' TO ('2028-01-01')", provision.ErrInvalidConfig},
		{"acme", "log", "n", "FOR VALUES FROM (pg_read_file('x')) TO ('2028-01-01')", provision.ErrInvalidConfig},
		{"acme", "log", "n", "FOR VALUES FROM (tenant_globex.f()) TO ('2028-01-01')", provision.ErrInvalidConfig},
		{"acme", "log", "n", next + " TABLESPACE pg_default", provision.ErrInvalidConfig},
		{"nobody", "log", "n", next, scope.ErrTenantNotProvisioned},
		{"$system", "log", "n", next, scope.ErrSystemTenant},
	} {
		err := p.AddPartition(t.Context(), c.id, provision.Partition{Of: c.of, Name: c.name, Bounds: c.bounds})
		wantIs(t, err, c.want)
	}
	overlap := provision.Partition{Of: "log", Name: "n", Bounds: "FOR VALUES FROM ('2025-01-01') TO ('2026-02-01')"}
	if got := sqlState(t, p.AddPartition(t.Context(), "acme", overlap)); got != "42P17" {
		t.Errorf("overlapping bounds: code %q", got)
	}
	if d := cmp.Diff(before, w.objects()); d != "" {
		t.Errorf("something was made: %s", d)
	}
}

// While somebody uses the table it waits no longer than lock_timeout.
func TestAddPartitionMindsLockTimeout(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	tx, err := w.admin.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), "SELECT FROM tenant_acme.log"); err != nil {
		t.Fatal(err)
	}
	separator := "?"
	if strings.Contains(w.AdminDSN, "?") {
		separator = "&"
	}
	impatient, err := sql.Open("pgx", w.AdminDSN+separator+"lock_timeout=10ms")
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	cfg := partitioned(t)
	cfg.AppRole = w.AppRole
	q, err := provision.New(impatient, cfg)
	if err != nil {
		t.Fatal(err)
	}
	part := provision.Partition{Of: "log", Name: "log_2027", Bounds: next}
	if got := sqlState(t, q.AddPartition(t.Context(), "acme", part)); got != "55P03" {
		t.Errorf("code %q", got)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := p.AddPartition(t.Context(), "acme", part); err != nil {
		t.Error(err)
	}
}
