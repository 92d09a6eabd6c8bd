package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/docex/docex/provision"
)

// Maintenance in every active tenant's schema, with no more rights than the tenant's own role has.
func ExampleProvisioner_ForEachTenant() {
	p := provisioner() // from New and Init
	options := provision.ForEachOptions{Reason: "CHG-1042: strip blanks from names", Concurrency: 4, KeepGoing: true}
	n, err := p.ForEachTenant(context.Background(), options,
		func(ctx context.Context, tx *sql.Tx, t provision.Tenant) error {
			_, err := tx.ExecContext(ctx, "UPDATE document SET name = btrim(name) WHERE name <> btrim(name)")
			return err
		})
	fmt.Println(n, "tenants are done")
	if err != nil {
		log.Fatal(err) // one *provision.Error for each of the others
	}
	// Output: 2 tenants are done
}

// A job makes next month's partitions of the table log in all tenants, suspended ones included. The tenants' roles get
// their rights by default privileges, as long as it is the administrator who made the tenants.
func ExampleProvisioner_ForEachTenant_partitions() {
	p := provisioner() // from New and Init
	first := time.Now().UTC().AddDate(0, 1, 1-time.Now().UTC().Day())
	create := fmt.Sprintf("CREATE TABLE IF NOT EXISTS log_%s PARTITION OF log FOR VALUES FROM ('%s') TO ('%s')",
		first.Format("200601"), first.Format(time.DateOnly), first.AddDate(0, 1, 0).Format(time.DateOnly))
	options := provision.ForEachOptions{
		Reason: "monthly partitions", AsAdministrator: true, Suspended: true, KeepGoing: true}
	n, err := p.ForEachTenant(context.Background(), options,
		func(ctx context.Context, tx *sql.Tx, t provision.Tenant) error {
			if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, create)
			return err
		})
	if err != nil {
		log.Fatal(err) // run again, it makes those that are missing
	}
	fmt.Println(n, "tenants have next month's partition")
	// Output: 2 tenants have next month's partition
}

// One tenant's partition, whoever the administrator is.
func ExampleProvisioner_AddPartition() {
	p := provisioner() // from New and Init
	next := provision.Partition{Of: "log", Name: "log_2027", Bounds: "FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')"}
	err := p.AddPartition(context.Background(), "acme", next)
	if err != nil && !errors.Is(err, provision.ErrTableExists) {
		log.Fatal(err)
	}
	err = p.AddPartition(context.Background(), "acme", next)
	fmt.Println(errors.Is(err, provision.ErrTableExists))
	// Output: true
}

// A column for one tenant: the tables and the record of them change together, or not at all.
func ExampleProvisioner_WithTenant() {
	_, p := administered("acme") // p is from New and Init
	options := provision.WithOptions{
		Reason:          "CHG-1043: acme is on the new invoices",
		AsAdministrator: true,
		Reseal:          true,
		Accepted: func(t provision.Tenant, ds []provision.Difference) {
			for _, d := range ds {
				fmt.Println(d)
			}
		},
	}
	err := p.WithTenant(context.Background(), "acme", options,
		func(ctx context.Context, tx *sql.Tx, t provision.Tenant) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE document ADD invoice_no text")
			return err
		})
	if err != nil {
		log.Fatal(err) // nothing has changed
	}
	// Output: extra column document.invoice_no (text)
}
