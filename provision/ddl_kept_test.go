package provision_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/docex/docex/provision"
)

// The text of a DDL is kept once, by the first tenant that is made of it, whoever comes at the same time.
func TestDDLIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: ddl("CREATE TABLE second (id integer)"), DDLVersion: "1"})
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			if _, err := p.Create(t.Context(), provision.Tenant{ID: fmt.Sprint("t", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	const kept = `
SELECT string_agg(concat_ws(' ', version, array_to_string(names, ','), texts[2]), ';') FROM docex_system.ddl`
	if got, want := w.value(kept), "1 010.sql,020.sql CREATE TABLE second (id integer)"; got != want {
		t.Errorf("kept is %q, want %q", got, want)
	}
	w.exec(`UPDATE docex_system.ddl SET names = NULL, texts = NULL`) // as an older docex left it
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "t3"}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.value(kept), "1 010.sql,020.sql CREATE TABLE second (id integer)"; got != want {
		t.Errorf("kept is %q, want %q", got, want)
	}
}

// A label that means one DDL is not put on tenants that are made from another one.
func TestDDLVersionMeansOneDDL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.initialized(provision.Config{DDL: ddl("CREATE TABLE second (id integer)"), DDLVersion: "1"})
	edited := w.provisioner(provision.Config{DDL: ddl("CREATE TABLE second (id bigint)"), DDLVersion: "1"})
	ctx := t.Context()
	if _, err := first.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	_, err := edited.Create(ctx, provision.Tenant{ID: "globex"})
	wantIs(t, err, provision.ErrDDLVersion)
	_, err = edited.CreateMany(ctx, slices.Values([]provision.Tenant{{ID: "globex"}}), provision.BulkOptions{})
	wantIs(t, err, provision.ErrDDLVersion)
	w.exec(`CREATE SCHEMA old`)
	_, err = edited.Adopt(ctx, provision.Tenant{ID: "globex"}, "old")
	wantIs(t, err, provision.ErrDDLVersion)
	_, err = edited.Create(ctx, provision.Tenant{ID: "acme"})
	wantIs(t, err, provision.ErrTenantExists)
	if err := errors.Join(first.Suspend(ctx, "acme"), first.Drop(ctx, "acme", "acme")); err != nil {
		t.Fatal(err)
	}
	if _, err := edited.Create(ctx, provision.Tenant{ID: "globex"}); err != nil { // nobody has the other one any more
		t.Error(err)
	}
	_, err = first.Create(ctx, provision.Tenant{ID: "initech"})
	wantIs(t, err, provision.ErrDDLVersion)
	relabelled := w.provisioner(provision.Config{DDL: ddl("CREATE TABLE second (id bigint)"), DDLVersion: "9"})
	if _, err := relabelled.Reseal(ctx, "globex"); err != nil {
		t.Error(err)
	}
	_, err = w.provisioner(provision.Config{DDL: ddl("CREATE TABLE second (id text)"), DDLVersion: "9"}).
		Create(ctx, provision.Tenant{ID: "initech"})
	wantIs(t, err, provision.ErrDDLVersion)
	for i, version := range []string{"2", "", ""} { // no label means nothing
		p := w.provisioner(provision.Config{DDL: ddl(fmt.Sprintf("CREATE TABLE t%d (id bigint)", i)), DDLVersion: version})
		if _, err := p.Create(ctx, provision.Tenant{ID: fmt.Sprint("t", i)}); err != nil {
			t.Error(err)
		}
	}
}

// Labels that an older docex gave to several DDLs go on to mean the first of them.
func TestUpgradeSettlesDDLVersions(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.exec(`DROP TABLE docex_system.ddl`,
		`ALTER TABLE docex_system.installation DROP rehomed_from, DROP logins, DROP login_role`,
		`ALTER TABLE docex_system.tenant DROP next_digest, DROP next_script, DROP next_done`,
		`UPDATE docex_system.installation SET version = 4`,
		`UPDATE docex_system.tenant SET ddl_version = '1' WHERE NOT is_system`,
		`UPDATE docex_system.tenant SET ddl_digest = 'sha256:0', created_at = created_at + '1 h' WHERE id = 'globex'`)
	if err := p.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	acme, err := p.Get(t.Context(), "acme")
	if got := w.value(`SELECT string_agg(digest, ' ') FROM docex_system.ddl WHERE version = '1'`); got != acme.DDLDigest {
		t.Errorf("1 means %s, want %s: %v", got, acme.DDLDigest, err)
	}
}
