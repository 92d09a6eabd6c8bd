package provision_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// A customer who does not pay is suspended, at once, and works again when Resume has returned.
func ExampleProvisioner_Suspend() {
	ctx := context.Background()
	p := provisioner() // from New and Init
	for _, change := range []func(context.Context, string) error{p.Suspend, p.Resume} {
		if err := change(ctx, "acme"); err != nil {
			log.Fatal(err)
		}
		tenant, err := p.Get(ctx, "acme")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(tenant.State)
	}
	// Output:
	// suspended
	// active
}

// Undo of Suspend. A tenant that is unknown is an error.
func ExampleProvisioner_Resume() {
	ctx := context.Background()
	p := provisioner() // from New and Init
	if err := p.Suspend(ctx, "acme"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Resume(ctx, "acme"))
	fmt.Println(errors.Is(p.Resume(ctx, "initech"), scope.ErrTenantNotProvisioned))
	// Output:
	// <nil>
	// true
}

// Leaving is two steps, and the second wants the id twice. Forget then removes the customer's name.
func ExampleProvisioner_Drop() {
	ctx := context.Background()
	_, p := administered("acme")                   // p is from New and Init
	if err := p.Suspend(ctx, "acme"); err != nil { // at once, and reversible
		log.Fatal(err)
	}
	contents, err := p.Contents(ctx, "acme") // to ask whoever decides
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Drop(ctx, "acme", "acme"); err != nil { // for good
		log.Fatal(err)
	}
	if err := p.Forget(ctx, "acme"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(contents.Rows, "rows are gone")
	// Output: 0 rows are gone
}

// A page of tenants for people, who know customers by their names.
func ExampleProvisioner_Overview() {
	ctx := context.Background()
	p := provisioner() // from New and Init
	if err := p.Rename(ctx, "acme", "Acme Corporation"); err != nil {
		log.Fatal(err)
	}
	o := provision.OverviewOptions{Sizes: true, ListOptions: provision.ListOptions{Limit: 1}}
	page, err := p.Overview(ctx, o)
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range page {
		fmt.Println(t.DisplayName, t.State, t.Bytes > 0, t.LastAction)
	}
	// Output: Acme Corporation active true rename
}

// All tenants, a thousand at a time.
func ExampleProvisioner_List() {
	p := provisioner() // from New and Init
	o := provision.ListOptions{Limit: 1000}
	for {
		page, err := p.List(context.Background(), o)
		if err != nil {
			log.Fatal(err)
		}
		for _, t := range page {
			fmt.Println(t.ID)
		}
		if len(page) < o.Limit {
			return
		}
		o.After = page[len(page)-1].ID
	}
	// Output:
	// acme
	// globex
}

// The application's password changes without a cut: a second login, the programs anew with it, and the first one ends.
func ExampleProvisioner_AddLogin() {
	ctx := context.Background()
	db, p := administered("acme") // p is from New and Init
	login, drop := secondLogin(db)
	defer drop()
	if err := p.AddLogin(ctx, login); err != nil {
		log.Fatal(err)
	}
	logins, err := p.Logins(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(logins), "logins")
	// Here all programs are started anew, with the second one.
	if err := p.RemoveLogin(ctx, logins[0]); err != nil {
		log.Fatal(err)
	}
	// Output: 2 logins
}

// The audit log, page by page.
func ExampleProvisioner_Audit() {
	ctx := context.Background()
	p := provisioner()          // from New and Init
	p.Drop(ctx, "acme", "acme") // refused, since it is not suspended

	o := provision.AuditOptions{TenantID: "acme", Outcome: provision.Refused}
	var last provision.AuditEntry
	for {
		page, err := p.Audit(ctx, o)
		if err != nil {
			log.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		last = page[len(page)-1]
		o.After = last.ID
	}
	fmt.Println(last.Action, last.TenantID, last.Detail)
	// Output: drop acme docex: tenant is active: suspend it first
}

// The audit log names the person or the ticket behind an action, beside the administrator's login.
func ExampleWithActor() {
	p := provisioner() // from New and Init
	ctx := provision.WithActor(context.Background(), "CHG-1042")
	if err := p.Rename(ctx, "globex", "Globex Incorporated"); err != nil {
		log.Fatal(err)
	}
	entries, err := p.Audit(ctx, provision.AuditOptions{TenantID: "globex", Action: "rename"})
	if err != nil {
		log.Fatal(err)
	}
	last := entries[len(entries)-1]
	fmt.Println(last.Action, last.TenantID, "for", last.Actor)
	// Output: rename globex for CHG-1042
}

// The end of docex in a database. Both names are repeated, since there is no way back.
func ExampleProvisioner_Uninstall() {
	ctx := context.Background()
	db, p := administered("acme") // p is from New and Init
	var name string
	if err := db.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		log.Fatal(err)
	}
	o := provision.UninstallOptions{Environment: provision.DefaultEnvironment, Database: name}
	err := p.Uninstall(ctx, o)
	fmt.Println(errors.Is(err, provision.ErrTenantsLeft))
	o.WithTenants = true
	fmt.Println(p.Uninstall(ctx, o))
	// Output:
	// true
	// <nil>
}
