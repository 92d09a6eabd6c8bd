package doctor

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
)

// Roles are named that no database knows any more, installation by installation, with a statement that drops them. It
// runs on a server of its own: doctors of other tests would find them too.
func TestOrphanRoles(t *testing.T) {
	t.Parallel()
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	admin, err := sql.Open("pgx", server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	exec := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := admin.Exec(s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	exec(`CREATE ROLE docex_00000001`, `CREATE ROLE "docex_00000001$7"`, `CREATE ROLE docex_00000001_acme`,
		`CREATE ROLE docex_00000002`, `CREATE ROLE docex_00000002_acme`, // another database's
		`CREATE ROLE docex_00000003`, `CREATE ROLE docex_00000003_acme`, // this one's
		`CREATE ROLE docex_00000004x`, `CREATE ROLE docex_app_123456789abc`, `CREATE DATABASE other`,
		`GRANT CONNECT ON DATABASE other TO docex_00000002`)
	d := &doctor{Options: Options{Admin: admin}, in: installation{shared: "docex_00000003"}}
	fs, err := d.orphanRoles(t.Context())
	if err != nil || len(fs) != 1 || fs[0].Status != Warning || !strings.HasPrefix(fs[0].Detail, "3 roles ") ||
		!strings.HasSuffix(fs[0].Detail, ": docex_00000001…") {
		t.Fatalf("%+v, %v", fs, err)
	}
	query, found := strings.CutPrefix(strings.TrimSuffix(fs[0].Remedy, ` \gexec`), "in psql: ")
	if !found {
		t.Fatalf("the remedy is %q", fs[0].Remedy)
	}
	rows, err := admin.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	var drops []string
	for rows.Next() {
		var drop string
		if err := rows.Scan(&drop); err != nil {
			t.Fatal(err)
		}
		drops = append(drops, drop)
	}
	if err := rows.Err(); err != nil || len(drops) != 3 {
		t.Fatalf("%q, %v", drops, err)
	}
	exec(drops...)
	exec("DROP DATABASE other")
	fs, err = d.orphanRoles(t.Context())
	if err != nil || len(fs) != 1 || !strings.Contains(fs[0].Detail, "docex_00000002") {
		t.Errorf("behind DROP DATABASE: %+v, %v", fs, err)
	}
}
