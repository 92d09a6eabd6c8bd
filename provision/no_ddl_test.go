package provision_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/docex/docex/provision"
)

// Without a DDL there is a tenant all the same, and what the administrator makes in it is the tenant's to use.
func TestNoDDL(t *testing.T) {
	t.Parallel()
	for _, ddl := range []fstest.MapFS{
		provision.NoDDL().(fstest.MapFS), {"note.sql": {Data: []byte("/* goose makes them */ -- all\n")}},
	} {
		w, p := twoTenants(t, provision.Config{DDL: ddl})
		for _, id := range []string{"acme", "globex"} {
			if err := p.Verify(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		if got := w.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'tenant_acme'::regnamespace"); got != "0" {
			t.Errorf("%s relations", got)
		}
		w.exec("CREATE TABLE tenant_acme.note (id bigserial, body text)",
			"CREATE FUNCTION tenant_acme.one() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
		wantIs(t, p.Verify(t.Context(), "acme"), provision.ErrDrift)
		if _, err := p.Reseal(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(p.Verify(t.Context(), "acme"), p.Verify(t.Context(), "globex")); err != nil {
			t.Error(err)
		}
		app := w.app()
		if err := app.pin("acme"); err != nil {
			t.Fatal(err)
		}
		app.must("INSERT INTO note (body) SELECT one()::text; UPDATE note SET body = 'x'; DELETE FROM note")
	}
}

// A folder that says nothing is more likely the wrong one.
func TestNothingIsNoDDL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, folder := range []fstest.MapFS{
		{}, {"readme.md": {Data: []byte("x")}}, {"ddl.sql": {}}, {"ddl.sql": {Data: []byte(" \n")}},
	} {
		_, err := provision.New(w.admin, provision.Config{DDL: folder})
		wantIs(t, err, provision.ErrInvalidConfig)
	}
	_, err := provision.New(w.admin, provision.Config{DDL: provision.DDLString("")})
	wantIs(t, err, provision.ErrInvalidConfig)
}
