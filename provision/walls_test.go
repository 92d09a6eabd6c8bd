package provision_test

import (
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// The role wall alone, as the application's login role pinned to a tenant, without any guard.
func TestTheRoleKeepsATenantInItsSchema(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ code, statement string }{
		{"", "INSERT INTO docbasket (name) VALUES ('inbox')"},
		{"", "INSERT INTO document (basket_id, name) SELECT id, 'a' FROM docbasket"},
		{"", "UPDATE document SET name = 'b' RETURNING id"},
		{"", "SELECT count(*) FROM document JOIN docbasket ON docbasket.id = basket_id"},
		{"", "SELECT setval('document_id_seq', 10)"},
		{"", "LOCK TABLE document IN ROW EXCLUSIVE MODE"},
		{"", "DELETE FROM document"},
		{denied, "SELECT * FROM tenant_globex.document"},
		{denied, "INSERT INTO tenant_globex.docbasket (name) VALUES ('x')"},
		{denied, "UPDATE tenant_globex.document SET name = 'x'"},
		{denied, "DELETE FROM tenant_globex.document"},
		{denied, "TRUNCATE tenant_globex.document"},
		{denied, "SELECT query_to_xml('SELECT * FROM tenant_globex.document', true, true, '')"},
		{denied, "SELECT schema_to_xml('tenant_globex', true, true, '')"},
		{denied, "SELECT nextval('tenant_globex.document_id_seq')"},
		{denied, "COPY tenant_globex.document TO STDOUT"},
		{denied, "TRUNCATE document"},
		{denied, "CREATE TABLE mine ()"},
		{denied, "CREATE TABLE tenant_globex.mine ()"},
		{denied, "CREATE TABLE public.mine ()"},
		{denied, "CREATE TEMPORARY TABLE document (id integer)"},
		{denied, "CREATE SCHEMA mine"},
		{denied, "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"},
		{denied, "ALTER TABLE document ADD COLUMN x integer"},
		{denied, "DROP TABLE document"},
		{denied, "CREATE INDEX ON document (name)"},
		{denied, "ALTER TABLE document ENABLE ROW LEVEL SECURITY"},
		{denied, "CREATE ROLE r"},
	} {
		if got := app.code("BEGIN; " + c.statement + "; COMMIT"); got != c.code {
			t.Errorf("%s: code %q, want %q", c.statement, got, c.code)
		}
		app.must("ROLLBACK")
	}
	if got := w.value("SELECT count(*) FROM tenant_globex.docbasket"); got != "0" {
		t.Errorf("globex has %s rows", got)
	}
}

func TestTheApplicationSeesNoTenantUnpinned(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	app := w.app()
	for _, statement := range []string{"TABLE tenant_acme.document",
		"INSERT INTO tenant_acme.docbasket (name) VALUES ('x')",
		"CREATE TABLE tenant_acme.x ()", "CREATE TEMPORARY TABLE x ()", "CREATE TABLE public.x ()"} {
		if got := app.code(statement); got != denied {
			t.Errorf("%s: code %q, want %q", statement, got, denied)
		}
	}
}

// schemasOf lists every schema in which a role may do anything, with what it may do there.
const schemasOf = `
SELECT COALESCE(string_agg(n.nspname || ':' || CASE WHEN has_schema_privilege($1, n.oid, 'USAGE') THEN 'U' ELSE '' END
                        || CASE WHEN has_schema_privilege($1, n.oid, 'CREATE') THEN 'C' ELSE '' END, ' '
                          ORDER BY n.nspname), '')
  FROM pg_namespace AS n
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = n.oid AND deptype = 'e')
   AND (has_schema_privilege($1, n.oid, 'USAGE') OR has_schema_privilege($1, n.oid, 'CREATE'))`

func TestATenantsRoleHasLittle(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.value(schemasOf, acme.Role); got != "docex_system:U tenant_acme:U" {
		t.Errorf("rights on schemas: %s", got)
	}
	const ofSystem = `
SELECT string_agg(name, ' ' ORDER BY name) FROM (
	SELECT proname::text FROM pg_proc WHERE pronamespace = 'docex_system'::regnamespace
	   AND has_function_privilege($1, oid, 'EXECUTE')
	UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'docex_system'::regnamespace
	   AND CASE relkind WHEN 'S' THEN has_sequence_privilege($1, oid, 'USAGE, SELECT, UPDATE')
	       WHEN 'r' THEN has_any_column_privilege($1, oid, 'SELECT, INSERT, UPDATE, REFERENCES')
	         OR has_table_privilege($1, oid, 'DELETE, TRUNCATE, TRIGGER') END
) AS it (name)`
	const own = "analyze_tables channel lock notify refresh_view truncate_tables try_lock"
	if got := w.value(ofSystem, acme.Role); got != own {
		t.Errorf("rights in the system schema: %s, want %s", got, own)
	}
	if got := w.value(schemasOf, w.AppRole); got != "docex_system:U" {
		t.Errorf("the application's rights on schemas: %s", got)
	}
	got := w.value(`SELECT ARRAY[rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
  rolbypassrls]::text
 FROM pg_roles WHERE rolname = $1`, acme.Role)
	want := "{f,t,f,f,f,f,f}"
	if pgtest.Citus() { // whose workers let the role in
		want = "{f,t,f,f,t,f,f}"
	}
	if got != want {
		t.Errorf("the role's attributes are %s", got)
	}
	if got := w.value("SELECT has_database_privilege($1, current_database(), 'CREATE, TEMPORARY')", acme.Role); got !=
		"false" {
		t.Error("the role may create schemas or temporary tables")
	}
	if got := w.value(
		"SELECT count(*) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o' AND refobjid = "+
			"$1::regrole", `"`+acme.Role+`"`); got != "0" {
		t.Errorf("the role owns %s objects", got)
	}
}
