package provision_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/internal/pgtest"
	"github.com/docex/docex/provision"
)

// BenchmarkCreate provisions tenants with the DocEX DDL one after the other; BenchmarkCreateRaw sends the same statements
// as one string per tenant, in one transaction, as psql would, without any check.
func BenchmarkCreate(b *testing.B) {
	p, _ := benchProvisioner(b)
	n := 0
	for b.Loop() {
		if _, err := p.Create(b.Context(), provision.Tenant{ID: fmt.Sprint("bench-", n)}); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkCreateRaw(b *testing.B) {
	_, db := benchProvisioner(b)
	admin := db.Admin(b)
	var ddl strings.Builder
	files, err := fs.Glob(os.DirFS("sql/docex"), "*.sql")
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile("sql/docex/" + f)
		if err != nil {
			b.Fatal(err)
		}
		ddl.Write(text)
	}
	var shared string
	if err := admin.QueryRow("SELECT shared_role FROM docex_system.installation").Scan(&shared); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		if _, err := admin.ExecContext(b.Context(), rawCreate(n, db.AppRole, shared, ddl.String())); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

// rawCreate is what Create does, as one string; several statements in one string are one transaction.
func rawCreate(n int, app, shared, ddl string) string {
	return strings.NewReplacer("$schema", fmt.Sprintf(`"tenant_raw-%d"`, n), "$role", fmt.Sprintf(`"%s_raw-%d"`, shared, n),
		"$shared", shared, "$app", app, "$ddl", ddl, "$id", fmt.Sprintf("'raw-%d'", n)).Replace(`
CREATE ROLE $role NOLOGIN IN ROLE $shared; GRANT $role TO $app; CREATE SCHEMA $schema;
SET LOCAL search_path = $schema, pg_temp;
$ddl
SET LOCAL search_path = pg_catalog, pg_temp;
GRANT USAGE ON SCHEMA $schema TO $role;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $schema TO $role;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA $schema TO $role;
INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest) VALUES ($id, $id, 'schema', '$schema', 'sha256:');`)
}

func benchProvisioner(b *testing.B) (*provision.Provisioner, *pgtest.DB) {
	b.Helper()
	db := pgtest.NewDB(b)
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { admin.Close() })
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Init(b.Context()); err != nil {
		b.Fatal(err)
	}
	return p, db
}
