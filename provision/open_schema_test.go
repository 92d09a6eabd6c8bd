package provision_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// Whoever may put functions behind the administrator's DDL is refused by name, with what to do about it; done, it goes
// on.
func TestOpenSchemasAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE SCHEMA ref`, `CREATE SCHEMA "Ext 1"`, `CREATE SCHEMA legacy`)
	cfg := provision.Config{SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"Ext 1"},
		DDL: ddl("CREATE TABLE t ()")}
	p := w.initialized(cfg)
	acme, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	shared := w.value("SELECT quote_ident(shared_role) FROM docex_system.installation")
	tenant := w.value("SELECT quote_ident($1)", acme.Role)
	group, stranger := "group_"+w.AppRole, "stranger_"+w.AppRole
	reserve := `"` + shared + `$9"` // of a suspended tenant: the application is no member of it
	w.exec("CREATE ROLE "+group, "CREATE ROLE "+stranger, "GRANT "+group+" TO "+w.AppRole, "CREATE ROLE "+reserve)
	t.Cleanup(func() {
		for _, s := range []string{"DROP OWNED BY " + group + ", " + stranger,
			"DROP ROLE " + group + ", " + stranger + ", " + reserve} {
			if _, err := w.admin.ExecContext(context.Background(), s); err != nil {
				t.Error(err)
			}
		}
	})
	w.exec(`GRANT CREATE ON SCHEMA ref TO ` + stranger) // the administrator's own affair

	revoke := func(schema, role string) string { return "REVOKE CREATE ON SCHEMA " + schema + " FROM " + role }
	own := func(schema, role string) string { return "ALTER SCHEMA " + schema + " OWNER TO " + role }
	type opening struct{ open, schema, role, remedy, named string }
	var cases []opening
	for _, role := range []string{"PUBLIC", w.AppRole, tenant, shared, reserve, group} {
		for _, schema := range []string{"ref", `"Ext 1"`} {
			remedy := revoke(schema, role)
			cases = append(cases, opening{"GRANT CREATE ON SCHEMA " + schema + " TO " + role, schema, role, remedy, remedy})
		}
	}
	for _, role := range []string{w.AppRole, group} {
		cases = append(cases, opening{own("ref", role), "ref", role, own("ref", "CURRENT_USER"), "ALTER SCHEMA ref OWNER TO"})
	}
	for i, c := range cases {
		w.exec(c.open)
		_, create := p.Create(t.Context(), provision.Tenant{ID: "new"})
		_, adopt := p.Adopt(t.Context(), provision.Tenant{ID: "new"}, "legacy")
		for op, err := range map[string]error{"init": p.Init(t.Context()), "create": create, "adopt": adopt} {
			wantIs(t, err, provision.ErrInvalidConfig)
			if err != nil && !(strings.Contains(err.Error(), "schema "+c.schema) && strings.Contains(err.Error(), c.role) &&
				strings.Contains(err.Error(), c.named)) {
				t.Errorf("%s after %s: %v", op, c.open, err)
			}
		}
		w.exec(c.remedy)
		if _, err := p.Create(t.Context(), provision.Tenant{ID: fmt.Sprintf("t%d", i)}); err != nil {
			t.Errorf("after %s: %v", c.remedy, err)
		}
	}
	if err := p.Init(t.Context()); err != nil {
		t.Error(err)
	}
}

// The first Init refuses, too, and leaves nothing; without roles per tenant; a suspended tenant's role still counts.
func TestOpenSchemasOfAFirstInit(t *testing.T) {
	t.Parallel()
	for _, noRoles := range []bool{false, true} {
		w := newWorld(t)
		w.exec("CREATE SCHEMA ref AUTHORIZATION " + w.AppRole)
		p := w.provisioner(provision.Config{SharedSchemas: []string{"ref"}, NoTenantRoles: noRoles})
		wantIs(t, p.Init(t.Context()), provision.ErrInvalidConfig)
		if got := w.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'docex_system'"); got != "0" {
			t.Error("a refused Init left its schema")
		}
		w.exec("ALTER SCHEMA ref OWNER TO CURRENT_USER")
		if err := p.Init(t.Context()); err != nil {
			t.Fatal(err)
		}
		if noRoles {
			continue
		}
		acme, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Suspend(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		w.exec(`GRANT CREATE ON SCHEMA ref TO "` + acme.Role + `"`)
		_, err = p.Create(t.Context(), provision.Tenant{ID: "globex"})
		wantIs(t, err, provision.ErrInvalidConfig)
	}
}

// An application that is the superuser has nothing to gain: the way to try things out stays open.
func TestOpenSchemasOfASuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("CREATE SCHEMA ref", "GRANT CREATE ON SCHEMA ref TO PUBLIC")
	p, err := provision.New(w.admin, provision.Config{SharedSchemas: []string{"ref"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Error(err)
	}
}

// What is put into a shared schema later is not run with the administrator's rights by its bare name.
func TestForEachTenantAsAdministratorLeavesSharedSchemasOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("CREATE SCHEMA ref", "CREATE SCHEMA ext")
	p := w.initialized(provision.Config{SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"ext"}})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	w.exec(`CREATE FUNCTION ref.lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT ''planted''::text'`)
	for asAdministrator, want := range map[bool]string{
		true: `"tenant_acme", pg_temp: a`, false: `"tenant_acme", "ref", "ext", pg_temp: planted`,
	} {
		var got string
		o := provision.ForEachOptions{Reason: "r", AsAdministrator: asAdministrator}
		_, err := p.ForEachTenant(t.Context(), o, func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
			return tx.QueryRowContext(ctx, `SELECT current_setting('search_path') || ': ' || lower('A'::varchar)`).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("as administrator %t: %q, %v, want %q", asAdministrator, got, err, want)
		}
	}
}

func TestNoFunctionToCall(t *testing.T) {
	t.Parallel()
	_, p := twoTenants(t, provision.Config{})
	_, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "r"}, nil)
	wantIs(t, err, provision.ErrInvalidConfig)
	wantIs(t, p.VerifyAll(t.Context(), 1, nil), provision.ErrInvalidConfig)
}
