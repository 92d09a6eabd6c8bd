package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"testing/fstest"

	_ "github.com/jackc/pgx/v5/stdlib" // the administrator's handle is plain pgx

	"github.com/docex/docex/provision"
)

// A database is initialised once, and a tenant created once; a set-up script that runs again finds both done.
func Example() {
	ctx := context.Background()
	db, err := sql.Open("pgx", os.Getenv("DOCEX_ADMIN_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	p, err := provision.New(db, provision.Config{Environment: "production", AppRole: "app"})
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
}

// Leaving is two steps, and the second wants the id twice.
func ExampleProvisioner_Drop() {
	var p *provision.Provisioner // from New
	ctx := context.Background()
	if err := p.Suspend(ctx, "acme"); err != nil { // at once, and reversible
		log.Fatal(err)
	}
	if err := p.Drop(ctx, "acme", "acme"); err != nil { // for good
		log.Fatal(err)
	}
}

// An application that had one tenant so far keeps its tables: they move out of the schema public.
func ExampleProvisioner_Adopt() {
	var p *provision.Provisioner // from New, with the application's own DDL
	_, err := p.Adopt(context.Background(), provision.Tenant{ID: "acme"}, "public")
	var drift *provision.DriftError
	switch {
	case errors.As(err, &drift): // nothing has changed
		for _, d := range drift.Differences {
			fmt.Println(d) // such as "missing index document_name_idx" or "extra table schema_migrations"
		}
	case err != nil:
		log.Fatal(err)
	}
}

// A nightly check of every tenant, on four connections.
func ExampleProvisioner_VerifyAll() {
	var p *provision.Provisioner // from New
	err := p.VerifyAll(context.Background(), 4, func(t provision.Tenant, err error) {
		if err != nil {
			log.Print(err) // names the tenant and each difference
		}
	})
	if err != nil {
		log.Fatal(err)
	}
}

// After a change that was made on purpose, off line: record it, and read what was accepted.
func ExampleProvisioner_Reseal() {
	var p *provision.Provisioner // from New, with the new DDL
	accepted, err := p.Reseal(provision.WithActor(context.Background(), "change 17"), "acme")
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range accepted {
		fmt.Println(d) // such as "extra column document.priority (integer)"
	}
}

// The audit log, page by page.
func ExampleProvisioner_Audit() {
	var p *provision.Provisioner // from New
	o := provision.AuditOptions{Outcome: provision.Refused}
	for {
		page, err := p.Audit(context.Background(), o)
		if err != nil {
			log.Fatal(err)
		}
		if len(page) == 0 {
			return
		}
		for _, e := range page {
			fmt.Println(e.At, e.Login, e.Actor, e.Action, e.TenantID, e.Detail)
		}
		o.After = page[len(page)-1].ID
	}
}

// The tenants' objects come from the user's own SQL, here from memory; os.DirFS and embed.FS do as well.
func ExampleConfig_ddl() {
	ddl := fstest.MapFS{"010_notes.sql": {Data: []byte(`
CREATE TABLE notes (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text   NOT NULL
);`)}}
	_, err := provision.New(new(sql.DB), provision.Config{DDL: ddl})
	fmt.Println(err)

	_, err = provision.New(new(sql.DB), provision.Config{DDL: fstest.MapFS{}})
	fmt.Println(err)
	// Output:
	// <nil>
	// docex: provision: new: invalid configuration: DDL: no file *.sql
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
