package driver_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// A tenant's role owns nothing. So some relations of information_schema are empty for it, and are not to be read at any
// level: mappers take that for the answer that there are no keys. Those of level orm show it all that the owner sees.
func TestCatalogsThatOnlyOwnersSee(t *testing.T) {
	db := pgtest.NewDB(t)
	admin := db.Admin(t)
	admin.SetMaxOpenConns(1) // its role is set
	p, err := provision.New(admin, onto(db, provision.Config{DDL: provision.DDLString(`
		CREATE TYPE state AS ENUM ('draft', 'final');
		CREATE DOMAIN label AS text CHECK (VALUE <> '');
		CREATE SEQUENCE number;
		CREATE FUNCTION next() RETURNS bigint LANGUAGE sql RETURN nextval('number');
		CREATE FUNCTION positive(n int) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN n > 0;
		CREATE TABLE author (id bigint PRIMARY KEY, name label UNIQUE);
		CREATE TABLE document (id bigint PRIMARY KEY DEFAULT next(), author_id bigint NOT NULL REFERENCES author,
			state state, size int CHECK (positive(size)), twice int GENERATED ALWAYS AS (2 * size) STORED);
		CREATE VIEW own AS SELECT id, positive(size) FROM document;
		CREATE FUNCTION authors() RETURNS bigint LANGUAGE sql RETURN (SELECT max(id) FROM author);
		CREATE FUNCTION more() RETURNS bigint LANGUAGE sql RETURN authors();`)}))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	orm, all := catalogGuard(t, guard.CatalogORM), catalogGuard(t, guard.CatalogAll)
	rows, err := admin.Query(`SELECT format('information_schema.%I', relname) FROM pg_class
		WHERE relnamespace = 'information_schema'::regnamespace AND relkind = 'v' AND relname NOT LIKE '\_pg%'`)
	if err != nil {
		t.Fatal(err)
	}
	var views []string
	for rows.Next() {
		views = append(views, "")
		if err := rows.Scan(&views[len(views)-1]); err != nil {
			t.Fatal(err)
		}
	}
	seen := func(view string) (n int) {
		err := admin.QueryRow(`SELECT count(*) FROM ` + view + ` v WHERE v::text LIKE '%tenant_acme%'`).Scan(&n)
		if err != nil && !strings.HasSuffix(view, ".transforms") { // which PostgreSQL shows to nobody
			t.Errorf("%s: %v", view, err)
		}
		return n
	}
	for _, view := range views {
		owner := seen(view)
		mustExec(t, admin, "SELECT set_config('role', role_name, false) FROM docex_system.tenant WHERE id = 'acme'")
		tenant := seen(view)
		mustExec(t, admin, "RESET ROLE")
		empty := tenant == 0 && owner > 0 && !strings.HasSuffix(view, "_grants") // of the role that asks
		text := "SELECT * FROM " + view
		if denied := all.Check("tenant_acme", text) != nil; denied != empty {
			t.Errorf("%s: the owner sees %d, the tenant %d; refused at level all: %v", view, owner, tenant, denied)
		}
		if orm.Check("tenant_acme", text) == nil && tenant != owner {
			t.Errorf("%s: level orm shows %d of %d", view, tenant, owner)
		}
	}
}

func catalogGuard(t *testing.T, level guard.CatalogLevel) *guard.Guard {
	t.Helper()
	g, err := guard.New(guard.Policy{Catalog: level})
	if err != nil {
		t.Fatal(err)
	}
	return g
}
