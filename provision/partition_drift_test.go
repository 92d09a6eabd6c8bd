package provision_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// partitioned is the DDL in testdata/partitions.sql.
func partitioned(t *testing.T) provision.Config {
	t.Helper()
	pgtest.SkipOnCitus(t, "it distributes no partitions of partitions")
	text, err := os.ReadFile("testdata/partitions.sql")
	if err != nil {
		t.Fatal(err)
	}
	return provision.Config{DDL: ddl(string(text))}
}

// Partitions of the DDL's tables come and go without being drift, as a sequence's position does.
func TestPartitionsAreData(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	before, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		`CREATE TABLE tenant_acme.log_2027 PARTITION OF tenant_acme.log (note DEFAULT 'y' NOT NULL)
		 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')`,
		`CREATE INDEX ON tenant_acme.log_2027 (note DESC)`,
		`ALTER TABLE tenant_acme.log_2027 ADD CHECK (day > '2000-01-01'), ALTER note SET DEFAULT 'z'`,
		`CREATE TABLE tenant_acme.log_2026_h2 PARTITION OF tenant_acme.log_2026
		 FOR VALUES FROM ('2026-07-01') TO ('2027-01-01') PARTITION BY RANGE (day)`,
		`CREATE UNLOGGED TABLE tenant_acme.log_2026_h2_a PARTITION OF tenant_acme.log_2026_h2 DEFAULT`,
		`ALTER TABLE tenant_acme.log DETACH PARTITION tenant_acme.log_old; DROP TABLE tenant_acme.log_old`,
		`CREATE TABLE tenant_acme.log_2028 (note text CHECK (note <> 'x'), gone text, day date NOT NULL, id bigint NOT NULL);
		 ALTER TABLE tenant_acme.log_2028 DROP gone, ADD CONSTRAINT log_note_check CHECK (note <> 'x');
		 ALTER TABLE tenant_acme.log ATTACH PARTITION tenant_acme.log_2028 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')`,
		`ALTER TABLE tenant_acme.log RENAME note TO text; ALTER TABLE tenant_acme.log RENAME text TO note`,
		`INSERT INTO tenant_acme.log VALUES (1, '2027-02-02', 'a'), (1, '2026-08-02', 'b')`,
		`INSERT INTO tenant_acme.line VALUES (1, '2027-02-02')`,
		`SELECT setval('tenant_acme.numbers', 42)`,
	} {
		w.exec(change)
		if err := p.Verify(t.Context(), "acme"); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
	}
	if _, err := p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if after, err := p.Get(t.Context(), "acme"); err != nil || after.Catalog != before.Catalog {
		t.Errorf("the digest of the description has changed: %v", err)
	}
}

// partitionDrifts are what is drift although it is about a partition. {{o}} is the other tenant's role.
var partitionDrifts = []struct{ change, want string }{
	{`GRANT SELECT ON {{s}}.log_old TO PUBLIC`, `extra grant log_old to PUBLIC (SELECT)`},
	{`GRANT SELECT (note) ON {{s}}.log_2026_h1 TO PUBLIC`, `extra grant log_2026_h1.note to PUBLIC (SELECT)`},
	{`GRANT SELECT ON {{s}}.log_old TO "{{o}}"`, `extra grant log_old to docex_`},
	{`GRANT TRUNCATE, SELECT ON {{s}}.log_old TO "{{r}}" WITH GRANT OPTION`,
		`extra grant log_old to {{r}} (SELECT WITH GRANT OPTION, TRUNCATE WITH GRANT OPTION)`},
	{`REVOKE DELETE ON {{s}}.log FROM "{{r}}"`, `extra grant log_old to {{r}} (DELETE)`}, // the parent has none
	{`ALTER TABLE {{s}}.log_old OWNER TO "{{r}}"`, `extra owner log_old ({{r}})`},
	{`CREATE TRIGGER more BEFORE DELETE ON {{s}}.log_old FOR EACH ROW EXECUTE FUNCTION {{s}}.touch()`,
		`extra trigger log_old.more`},
	{`ALTER TABLE {{s}}.log_old DISABLE TRIGGER touched`, `extra trigger log_old.touched`},
	{`CREATE RULE quiet AS ON DELETE TO {{s}}.log_old DO INSTEAD NOTHING`, `extra rule log_old.quiet`},
	{`ALTER TABLE {{s}}.log_old ENABLE ROW LEVEL SECURITY`, `extra partition log_old (ROW LEVEL SECURITY)`},
	{`ALTER TABLE {{s}}.log_2026_h1 NO FORCE ROW LEVEL SECURITY`,
		`partition log_2026_h1 is ROW LEVEL SECURITY, want ROW LEVEL SECURITY FORCED`},
	{`DROP POLICY everyone ON {{s}}.log_2026_h1`, `missing policy log_2026_h1.everyone`},
	{`CREATE SCHEMA "{{s}}x"; CREATE TABLE "{{s}}x".log_2027 PARTITION OF {{s}}.log
	  FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')`,
		`extra table {{s}}x.log_2027 (INHERITS (log) FOR VALUES FROM ('2027-01-01') TO ('2028-01-01'))`},
	{`CREATE SCHEMA "{{s}}x"; CREATE TABLE "{{s}}x".line () INHERITS ({{s}}.line)`,
		`extra table {{s}}x.line (INHERITS (line))`},
	{`CREATE SCHEMA "{{s}}x"; CREATE TABLE "{{s}}x".log (a integer) PARTITION BY LIST (a); ` +
		`CREATE TABLE {{s}}.mine PARTITION OF "{{s}}x".log DEFAULT`,
		`extra table mine (INHERITS ({{s}}x.log) DEFAULT)|extra column mine.a`},
	{`ALTER TABLE {{s}}.log DETACH PARTITION {{s}}.log_old`, `extra table log_old|extra index log_old_note_idx`},
	{`DROP TABLE {{s}}.line; CREATE TABLE {{s}}.line (log_id bigint, log_day date) PARTITION BY LIST (log_id)`,
		`table line is PARTITION BY LIST (log_id), want plain|missing constraint line.line_log_id_log_day_fkey (FOREIGN`},
	{`DROP INDEX {{s}}.log_note`, `missing index log_note`},
	{`ALTER TABLE {{s}}.log ADD more integer`, `extra column log.more`},
}

func TestPartitionsCanBeDrift(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	other, err := p.Get(t.Context(), "globex")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range partitionDrifts {
		tenant, err := p.Create(t.Context(), provision.Tenant{ID: fmt.Sprintf("p%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		r := strings.NewReplacer("{{s}}", tenant.Schema, "{{r}}", tenant.Role, "{{o}}", other.Role)
		w.exec(r.Replace(c.change))
		var drift *provision.DriftError
		if err := p.Verify(t.Context(), tenant.ID); !errors.As(err, &drift) {
			t.Errorf("%s: %v", c.change, err)
			continue
		}
		for _, want := range strings.Split(r.Replace(c.want), "|") {
			if !strings.Contains(lines(drift.Differences), "\n"+want) {
				t.Errorf("%s: want %q, got%s", c.change, want, lines(drift.Differences))
			}
		}
	}
	for _, id := range []string{"acme", "globex"} {
		if err := p.Verify(t.Context(), id); err != nil && id == "acme" {
			t.Error(err)
		}
	}
}

// A foreign table is no partition like others: its rows are somewhere else.
func TestForeignPartitionsAreDrift(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	w.exec("CREATE FOREIGN DATA WRAPPER elsewhere", "CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere",
		"CREATE TABLE tenant_acme.measure (a integer) PARTITION BY LIST (a)")
	if _, err := p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	w.exec("CREATE FOREIGN TABLE tenant_acme.far PARTITION OF tenant_acme.measure DEFAULT SERVER elsewhere")
	err := p.Verify(t.Context(), "acme")
	wantIs(t, err, provision.ErrDrift)
	if !strings.Contains(fmt.Sprint(err), "extra foreign table far (INHERITS (measure) DEFAULT)") {
		t.Error(err)
	}
}

// Tenants are held against a record that an older docex made as far as it goes: it holds partitions in full, and no
// order of columns. Reseal writes a new one.
func TestRecordOfAnOlderDocex(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, partitioned(t))
	old, err := os.ReadFile("testdata/record_v4.txt")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE docex_system.catalog SET digest = 'old', ddl_digest = NULL`,
		`UPDATE docex_system.tenant SET catalog_digest = 'old' WHERE NOT is_system`)
	if _, err := w.admin.ExecContext(t.Context(), `UPDATE docex_system.catalog SET description = $1`, string(old)); err !=
		nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	w.exec("ALTER TABLE tenant_acme.log DETACH PARTITION tenant_acme.log_old", "DROP TABLE tenant_acme.log_old",
		"ALTER TABLE tenant_acme.log_2026_h1 DISABLE ROW LEVEL SECURITY",
		"ALTER TABLE tenant_globex.line DROP log_id CASCADE, ADD log_id bigint",
		"ALTER TABLE tenant_globex.line ADD FOREIGN KEY (log_id, log_day) REFERENCES tenant_globex.log")
	if err := p.Verify(t.Context(), "acme"); err == nil || !strings.HasSuffix(err.Error(),
		"registry: partition log_2026_h1 is FORCED, want ROW LEVEL SECURITY FORCED") {
		t.Errorf("acme: %v", err)
	}
	if err := p.Verify(t.Context(), "globex"); err != nil {
		t.Errorf("globex, whose columns are in another order: %v", err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "initech"}); err != nil {
		t.Fatal(err)
	}
	accepted, err := p.Reseal(t.Context(), "globex")
	if err != nil || len(accepted) > 0 {
		t.Errorf("accepted %v: %v", accepted, err)
	}
	const ordered = `SELECT string_agg(t.id, ' ' ORDER BY t.id) FROM docex_system.tenant AS t
 JOIN docex_system.catalog AS c ON c.digest = t.catalog_digest AND c.description LIKE '%column order%line%'`
	if got := w.value(ordered); got != "globex initech" {
		t.Errorf("the order of columns is recorded of %q", got)
	}
	w.exec("ALTER TABLE tenant_globex.line DROP log_day CASCADE, ADD log_day date")
	w.exec("ALTER TABLE tenant_globex.line ADD FOREIGN KEY (log_id, log_day) REFERENCES tenant_globex.log",
		"ALTER TABLE tenant_globex.line DROP log_id CASCADE, ADD log_id bigint",
		"ALTER TABLE tenant_globex.line ADD FOREIGN KEY (log_id, log_day) REFERENCES tenant_globex.log")
	if err := p.Verify(t.Context(), "globex"); err != nil {
		t.Errorf("back in the recorded order, with other numbers: %v", err)
	}
}
