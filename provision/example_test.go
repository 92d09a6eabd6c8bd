package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"

	_ "github.com/jackc/pgx/v5/stdlib" // the administrator's handle is plain pgx

	"github.com/docex/docex/provision"
)

// A database is initialised once, and a tenant created once; a set-up script that runs again finds both done.
func Example() {
	ctx := context.Background()
	db, app := database() // the administrator's handle: sql.Open("pgx", adminDSN)
	p, err := provision.New(db, provision.Config{Environment: "production", AppRole: app})
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Init(ctx); err != nil {
		log.Fatal(err)
	}
	tenant, err := p.Create(ctx, provision.Tenant{ID: "acme", DisplayName: "Acme Corporation"})
	switch {
	case errors.Is(err, provision.ErrTenantExists):
		fmt.Println("nothing to do")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Println("created", tenant.ID, "in schema", tenant.Schema)
	}
	// Output: created acme in schema tenant_acme
}

// Only one strategy is there so far; another is refused by name.
func ExampleNew() {
	_, err := provision.New(new(sql.DB), provision.Config{Strategy: "row"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, provision.ErrUnsupportedStrategy))
	// Output:
	// docex: provision: new: isolation strategy is not supported: "row" (this version has "schema")
	// true
}

// Init can be repeated. It refuses a database that is another environment's.
func ExampleProvisioner_Init() {
	ctx := context.Background()
	db, app := database()
	for _, environment := range []string{"staging", "staging", "production"} {
		p, err := provision.New(db, provision.Config{Environment: environment, AppRole: app})
		if err != nil {
			log.Fatal(err)
		}
		err = p.Init(ctx)
		fmt.Println(environment, err == nil, errors.Is(err, provision.ErrEnvironmentMismatch))
	}
	// Output:
	// staging true false
	// staging true false
	// production false true
}

// An id is a tenant's for good, so that of two callers one gets it.
func ExampleProvisioner_Create() {
	ctx := context.Background()
	_, p := administered() // p is from New and Init
	tenant, err := p.Create(ctx, provision.Tenant{ID: "acme"})
	if err != nil {
		log.Fatal(err) // nothing of it is left behind
	}
	fmt.Println(tenant.Schema, tenant.State, tenant.DDLVersion)

	_, err = p.Create(ctx, provision.Tenant{ID: "acme"})
	fmt.Println(errors.Is(err, provision.ErrTenantExists))
	// Output:
	// tenant_acme active 1
	// true
}

// Many tenants, here from a list: run again after an interruption, it goes on where it was.
func ExampleProvisioner_CreateMany() {
	_, p := administered("globex") // p is from New and Init
	ids := []string{"acme", "globex", "initech"}
	tenants := func(yield func(provision.Tenant) bool) {
		for _, id := range ids {
			if !yield(provision.Tenant{ID: id}) {
				return
			}
		}
	}
	progress := func(o provision.BulkOutcome, so provision.BulkCounts) {
		fmt.Println(o.Tenant.ID, o.Result)
	}
	counts, err := p.CreateMany(context.Background(), tenants, provision.BulkOptions{Progress: progress})
	if err != nil {
		log.Fatal(err) // not all of them are there
	}
	fmt.Println(counts.Created, "new,", counts.Existing, "was there")
	// Output:
	// acme created
	// globex existing
	// initech created
	// 2 new, 1 was there
}

// An application that had one tenant so far keeps its tables: they move out of the schema public.
func ExampleProvisioner_Adopt() {
	db, p := administered() // p is from New, with the application's own DDL
	// What the application has:
	if _, err := db.Exec(exampleDDL + "CREATE INDEX by_name ON document (name)"); err != nil {
		log.Fatal(err)
	}
	_, err := p.Adopt(context.Background(), provision.Tenant{ID: "acme"}, "public")
	var drift *provision.DriftError
	switch {
	case errors.As(err, &drift): // nothing has changed
		for _, d := range drift.Differences {
			fmt.Println(d)
		}
	case err != nil:
		log.Fatal(err)
	}
	// Output: extra index by_name (CREATE INDEX by_name ON document USING btree (name))
}

// All that is wrong with a DDL is told at once, before anything is sent to a server.
func ExampleDDLError() {
	_, err := provision.New(new(sql.DB), provision.Config{DDL: provision.DDLString(`
CREATE TABLE public.notes (body text);
CREATE INDEX CONCURRENTLY ON notes (body);`)})
	var refused *provision.DDLError
	if errors.As(err, &refused) {
		for _, p := range refused.Problems {
			fmt.Printf("line %d: %s (%s)\n", p.Line, p.Remedy, p.Rule)
		}
	}
	// Output:
	// line 2: leave the schema out; Config.ExtensionSchemas opens those of extensions (foreign-schema)
	// line 3: leave CONCURRENTLY out (concurrently)
}
