package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"testing/fstest"
	"time"

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

// Many tenants, here from a list: run again after an interruption, it goes on where it was.
func ExampleProvisioner_CreateMany() {
	var p *provision.Provisioner // from New
	ids := []string{"acme", "globex", "initech"}
	tenants := func(yield func(provision.Tenant) bool) {
		for _, id := range ids {
			if !yield(provision.Tenant{ID: id}) {
				return
			}
		}
	}
	progress := func(o provision.BulkOutcome, so provision.BulkCounts) {
		fmt.Println(o.Tenant.ID, o.Result, o.Err)
	}
	counts, err := p.CreateMany(context.Background(), tenants, provision.BulkOptions{Concurrency: 4, Progress: progress})
	if err != nil {
		log.Fatal(err) // not all of them are there
	}
	fmt.Println(counts.Created, "new,", counts.Existing, "were there")
}

// Maintenance in every active tenant's schema, with no more rights than the tenant's own role has.
func ExampleProvisioner_ForEachTenant() {
	var p *provision.Provisioner // from New
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
}

// A job makes next month's partitions of the table log in all tenants, suspended ones included. The tenants' roles get
// their rights by default privileges, as long as it is the administrator who made the tenants.
func ExampleProvisioner_ForEachTenant_partitions() {
	var p *provision.Provisioner // from New
	first := time.Now().UTC().AddDate(0, 1, 1-time.Now().UTC().Day())
	create := fmt.Sprintf("CREATE TABLE IF NOT EXISTS log_%s PARTITION OF log FOR VALUES FROM ('%s') TO ('%s')",
		first.Format("200601"), first.Format(time.DateOnly), first.AddDate(0, 1, 0).Format(time.DateOnly))
	options := provision.ForEachOptions{
		Reason: "monthly partitions", AsAdministrator: true, Suspended: true, KeepGoing: true}
	_, err := p.ForEachTenant(context.Background(), options,
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
}

// One tenant's partition, whoever the administrator is.
func ExampleProvisioner_AddPartition() {
	var p *provision.Provisioner // from New
	err := p.AddPartition(context.Background(), "acme", provision.Partition{
		Of: "log", Name: "log_2027", Bounds: "FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')"})
	if err != nil && !errors.Is(err, provision.ErrTableExists) {
		log.Fatal(err)
	}
}

// A column for one tenant: the tables and the record of them change together, or not at all.
func ExampleProvisioner_WithTenant() {
	var p *provision.Provisioner // from New, with the new DDL
	options := provision.WithOptions{
		Reason:          "CHG-1043: acme is on the new invoices",
		AsAdministrator: true,
		Reseal:          true,
		Accepted: func(t provision.Tenant, ds []provision.Difference) {
			for _, d := range ds {
				fmt.Println(d) // such as "extra column document.invoice_no (text)"
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
func ExampleProvisioner_UpgradeTenants() {
	db, err := sql.Open("pgx", os.Getenv("DOCEX_ADMIN_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	next, err := provision.New(db, provision.Config{DDL: os.DirFS("ddl"), DDLVersion: "2"})
	if err != nil {
		log.Fatal(err)
	}
	report, err := next.UpgradeTenants(context.Background(), provision.UpgradeOptions{
		To: "2", Script: os.DirFS("upgrades/2"), Concurrency: 4,
		Progress: func(o provision.UpgradeOutcome, so provision.UpgradeCounts) {
			fmt.Println(so.Done, "of", so.Found, o.Tenant.ID, o.Result, o.Err)
		},
	})
	var rehearsal *provision.RehearsalError
	if errors.As(err, &rehearsal) {
		fmt.Println("no tenant was touched:", rehearsal.Differences)
	}
	fmt.Println(report.Done, "upgraded:", err)
}

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

// Only one strategy is there so far; another is refused by name.
func ExampleNew() {
	_, err := provision.New(new(sql.DB), provision.Config{Strategy: "row"})
	fmt.Println(err)
	fmt.Println(errors.Is(err, provision.ErrUnsupportedStrategy))
	// Output:
	// docex: provision: new: isolation strategy is not supported: "row" (this version has "schema")
	// true
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
