package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing/fstest"

	"github.com/docex/docex/provision"
)

// The tenants' objects come from the user's own SQL, here from a string; os.DirFS and embed.FS do as well.
func ExampleConfig_ddl() {
	_, err := provision.New(new(sql.DB), provision.Config{DDL: provision.DDLString(`
CREATE TABLE notes (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text   NOT NULL
);`)})
	fmt.Println(err)

	_, err = provision.New(new(sql.DB), provision.Config{DDL: fstest.MapFS{}})
	fmt.Println(err)
	// Output:
	// <nil>
	// docex: provision: new: invalid configuration: DDL: no file *.sql
}

// A DDL can be checked without a database, in a test for example.
func ExampleCheckDDL() {
	_, err := provision.CheckDDL(provision.Config{DDL: fstest.MapFS{
		"1_note.sql": {Data: []byte("-- +goose Up\nCREATE TABLE public.note (id bigint);\n" +
			"-- +goose Down\nDROP TABLE note;\n")},
	}})
	var refused *provision.DDLError
	if errors.As(err, &refused) {
		for _, p := range refused.Problems {
			fmt.Printf("%s:%d: %s: %s\n", p.File, p.Line, p.Object, p.Reason)
		}
	}
	// Output: 1_note.sql:2: public.note: the DDL is for every tenant's schema, so it names none
}

// A migration tool makes the tables, as the administrator, and Reseal records them.
func ExampleNoDDL() {
	ctx := context.Background()
	db, app := database() // the administrator's handle: sql.Open("pgx", adminDSN)
	p, err := provision.New(db, provision.Config{AppRole: app, DDL: provision.NoDDL()})
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Init(ctx); err != nil {
		log.Fatal(err)
	}
	tenant, err := p.Create(ctx, provision.Tenant{ID: "acme"})
	if err != nil {
		log.Fatal(err)
	}
	// In place of the tool:
	if _, err := db.ExecContext(ctx, "CREATE TABLE "+tenant.Schema+".note (id bigint PRIMARY KEY)"); err != nil {
		log.Fatal(err)
	}
	accepted, err := p.Reseal(ctx, "acme")
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range accepted {
		if d.Kind == "table" {
			fmt.Println(d)
		}
	}
	// Output: extra table note
}

// A test over sqlmock has no server that could say which functions the tenants have.
func ExampleFunctions() {
	names, err := provision.Functions(provision.DDLString(`
CREATE TABLE document (name text);
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)';`))
	fmt.Println(names, err) // for guard.Policy.TenantFunctions
	// Output: [shout] <nil>
}

// A migration tool of your own keeps its state in a table that tenants may only read.
func ExampleDefaultReadOnlyTables() {
	cfg := provision.Config{ReadOnlyTables: append(provision.DefaultReadOnlyTables(), "our_migrations")}
	_, err := provision.New(new(sql.DB), cfg)
	fmt.Println(err)
	// Output: <nil>
}

// What works when the DDL runs, and not when a tenant uses it.
func ExampleProvisioner_DDLWarnings() {
	p, err := provision.New(new(sql.DB), provision.Config{DDL: provision.DDLString(`
CREATE TABLE note (body text);
CREATE FUNCTION empty() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'TRUNCATE note';
END $$;`)})
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range p.DDLWarnings() {
		fmt.Println(w.Line, w.Object, w.Reason)
	}
	// Output: 5 EXECUTE of truncate the tenant's role has no right to it
}

// The manifest beside an archive of docex tenant export says what to expect of it.
func ExampleReadManifest() {
	_, err := provision.ReadManifest(strings.NewReader(`{"format": 1, "tenant": {"id": "acme"}}`))
	fmt.Println(err)
	fmt.Println(errors.Is(err, provision.ErrArchive))
	// Output:
	// docex: provision: manifest: tenant "acme": the archive cannot be used: the manifest is incomplete
	// true
}
