package provision_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// BenchmarkCreate provisions tenants with the DocEX DDL, and in turns with that sends the same statements as one string
// per tenant, in one transaction, as psql would: without any check, lock or wait for an answer. It reports the medians
// of both in milliseconds, and as ratio how many tenants Create makes while the other makes one. The number of tenants
// that are there already grows alike for both.
func BenchmarkCreate(b *testing.B) {
	p, db := benchProvisioner(b)
	admin, raw := db.Admin(b), newRawCreate(b, db)
	var docex, psql []time.Duration
	for n := 0; b.Loop(); n++ {
		docex = append(docex, timed(func() {
			if _, err := p.Create(b.Context(), provision.Tenant{ID: fmt.Sprint("bench-", n)}); err != nil {
				b.Fatal(err)
			}
		}))
		statements := raw.statements(n)
		psql = append(psql, timed(func() {
			if _, err := admin.ExecContext(b.Context(), statements); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(median(docex).Seconds()*1e3, "docex-ms")
	b.ReportMetric(median(psql).Seconds()*1e3, "psql-ms")
	b.ReportMetric(median(psql).Seconds()/median(docex).Seconds(), "ratio")
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2]
}

// rawCreate is what Create does, as one string; several statements in one string are one transaction.
type rawCreate struct{ app, shared, ddl, member string }

func newRawCreate(b *testing.B, db *pgtest.DB) rawCreate {
	b.Helper()
	raw := rawCreate{app: db.AppRole}
	files, err := fs.Glob(os.DirFS("sql/docex"), "*.sql")
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile("sql/docex/" + f)
		if err != nil {
			b.Fatal(err)
		}
		raw.ddl += string(text)
	}
	const query = `SELECT shared_role, CASE WHEN current_setting('server_version_num')::integer >= 160000
 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END FROM docex_system.installation`
	if err := db.Admin(b).QueryRow(query).Scan(&raw.shared, &raw.member); err != nil {
		b.Fatal(err)
	}
	return raw
}

func (r rawCreate) statements(n int) string {
	return strings.NewReplacer("$schema", fmt.Sprintf(`"tenant_raw-%d"`, n), "$role",
		fmt.Sprintf(`"%s_raw-%d"`, r.shared, n),
		"$shared", r.shared, "$app", r.app, "$member", r.member, "$ddl", r.ddl, "$id", fmt.Sprintf("'raw-%d'", n)).Replace(`
CREATE ROLE $role NOLOGIN;
GRANT $role TO $app$member;
CREATE SCHEMA $schema;
REVOKE ALL ON SCHEMA $schema FROM PUBLIC, $app;
GRANT USAGE ON SCHEMA $schema TO $role;
ALTER DEFAULT PRIVILEGES IN SCHEMA $schema GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO $role;
ALTER DEFAULT PRIVILEGES IN SCHEMA $schema GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO $role;
ALTER DEFAULT PRIVILEGES IN SCHEMA $schema GRANT EXECUTE ON ROUTINES TO $role;
SET LOCAL search_path = $schema, pg_temp;
$ddl
SET LOCAL search_path = pg_catalog, pg_temp;
INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
  VALUES ($id, $id, 'schema', '$schema', 'sha256:');
GRANT $shared TO $role;`)
}

func benchProvisioner(b *testing.B) (*provision.Provisioner, *pgtest.DB) {
	b.Helper()
	db := pgtest.NewDB(b)
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { admin.Close() })
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole,
		Distribution: provision.Distribution(db.Distribution)})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Init(b.Context()); err != nil {
		b.Fatal(err)
	}
	return p, db
}
