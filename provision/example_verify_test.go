package provision_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/docex/docex/provision"
)

// Somebody has changed a tenant's table by hand. Verify names each difference.
func ExampleProvisioner_Verify() {
	ctx := context.Background()
	db, p := installed() // p is from New and Init
	if _, err := db.Exec("ALTER TABLE tenant_acme.document ALTER name DROP NOT NULL"); err != nil {
		log.Fatal(err)
	}
	err := p.Verify(ctx, "acme")
	var drift *provision.DriftError
	if errors.As(err, &drift) {
		for _, d := range drift.Differences {
			fmt.Println(d)
		}
	}
	if _, err := db.Exec("ALTER TABLE tenant_acme.document ALTER name SET NOT NULL"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Verify(ctx, "acme"))
	// Output:
	// column document.name is text, want text NOT NULL
	// <nil>
}

// A nightly check of every tenant, on four connections.
func ExampleProvisioner_VerifyAll() {
	p := provisioner() // from New and Init
	good := 0
	err := p.VerifyAll(context.Background(), 4, func(t provision.Tenant, err error) {
		if err != nil {
			log.Print(err) // names the tenant and each difference
			return
		}
		good++
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(good, "tenants are as they were made")
	// Output: 2 tenants are as they were made
}

// After a change that was made on purpose, off line: record it, and read what was accepted.
func ExampleProvisioner_Reseal() {
	db, p := administered("acme") // p is from New and Init
	if _, err := db.Exec("CREATE INDEX by_name ON tenant_acme.document (name)"); err != nil {
		log.Fatal(err)
	}
	accepted, err := p.Reseal(provision.WithActor(context.Background(), "change 17"), "acme")
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range accepted {
		fmt.Println(d)
	}
	// Output: extra index by_name (CREATE INDEX by_name ON document USING btree (name))
}

// One tenant has a table that no DDL makes, and keeps it: the DDL and the label in the registry stay as they are.
func ExampleProvisioner_ResealWith() {
	db, p := administered("acme") // p is from New and Init
	if _, err := db.Exec("CREATE TABLE tenant_acme.scratch ()"); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := p.ResealWith(ctx, "acme", provision.ResealOptions{Keep: true}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Verify(ctx, "acme"))
	// Output: <nil>
}

// Rights of a tenant's role are gone, as after a restore on another server. Repair gives them again.
func ExampleProvisioner_Repair() {
	ctx := context.Background()
	db, p := installed() // p is from New and Init
	acme, err := p.Get(ctx, "acme")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec("REVOKE USAGE ON SCHEMA tenant_acme FROM " + acme.Role); err != nil {
		log.Fatal(err)
	}
	err = p.Repair(ctx, func(o provision.RepairOutcome) {
		for _, d := range o.Repaired {
			fmt.Println(o.Tenant.ID, d.Change, d.Kind)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: acme missing grant
}

// After a newer docex was installed, before anything else: its version of the system schema.
func ExampleProvisioner_Upgrade() {
	p := provisioner() // from New
	if err := p.Upgrade(context.Background()); err != nil {
		log.Fatal(err) // the system schema is as it was
	}
	tenants, err := p.List(context.Background(), provision.ListOptions{})
	fmt.Println(len(tenants), err) // ErrUpgradeRequired before
	// Output: 2 <nil>
}

// A new version of the DDL, and what leads there. Nothing happens to a tenant when the rehearsal fails.
func ExampleProvisioner_UpgradeTenants() {
	ctx := context.Background()
	db, old := administered("acme", "globex")
	next, err := provision.New(db, provision.Config{
		DDL:        provision.DDLString(exampleDDL + "ALTER TABLE document ADD size bigint;"), // or os.DirFS("ddl")
		DDLVersion: "2",
	})
	if err != nil {
		log.Fatal(err)
	}
	acme, err := old.Get(ctx, "acme")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("behind:", next.Behind(acme))
	report, err := next.UpgradeTenants(ctx, provision.UpgradeOptions{
		To: "2", Script: provision.DDLString("ALTER TABLE document ADD size bigint"),
		Progress: func(o provision.UpgradeOutcome, so provision.UpgradeCounts) {
			fmt.Println(so.Done, "of", so.Found, o.Tenant.ID, o.Result)
		},
	})
	var rehearsal *provision.RehearsalError
	if errors.As(err, &rehearsal) {
		fmt.Println("no tenant was touched:", rehearsal.Differences)
	}
	fmt.Println(report.Done, "upgraded:", err)
	// Output:
	// behind: true
	// 1 of 2 acme upgraded
	// 2 of 2 globex upgraded
	// 2 upgraded: <nil>
}

// A copy of a database on the same server shares the tenants' roles, so it is not administered as it is.
func ExampleProvisioner_CheckCopy() {
	p := provisioner() // from New and Init
	err := p.CheckCopy(context.Background())
	var copied *provision.CopyError
	if errors.As(err, &copied) {
		fmt.Println("Rehome it first; it was copied from", copied.Original)
	}
	fmt.Println(err)
	// Output: <nil>
}
