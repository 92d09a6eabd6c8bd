package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/jmoiron/sqlx"
)

// story prints what happens. It fails when anything that should work does not, or anything that should be refused is
// not.
func story(ctx context.Context, out io.Writer, adminDSN, appDSN string) (err error) {
	app, err := url.Parse(appDSN)
	if err != nil {
		return err
	}
	admin, err := sql.Open("pgx", adminDSN) //docex:admin provisions tenants; `docex vet` asks for the reason
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	if err := provisionTenants(ctx, out, admin, app.User.Username()); err != nil {
		return err
	}

	// All that an application has to change: the driver's name, and a UserContext in each request's context.
	db, err := sqlx.Open(driver.Name, appDSN)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := storeAndRead(ctx, out, db); err != nil {
		return err
	}
	return refusals(ctx, out, db)
}

func provisionTenants(ctx context.Context, out io.Writer, admin *sql.DB, appRole string) error {
	p, err := provision.New(admin, provision.Config{AppRole: appRole})
	if err != nil {
		return err
	}
	if err := p.Init(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "The database is initialised: a system schema with the registry of tenants, and no tenant yet.")
	fmt.Fprintln(out)
	for _, id := range []string{"acme", "globex", "initech"} {
		t, err := p.Create(ctx, provision.Tenant{ID: id})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Tenant %s is created, with the schema %s and a role of its own.\n", t.ID, t.Schema)
	}
	if err := p.Suspend(ctx, "initech"); err != nil {
		return err
	}
	fmt.Fprintln(out, "Tenant initech has not paid, and is suspended.")
	return nil
}

// as returns a context for a user of the tenant; a web application would do this where it authenticates a request.
func as(ctx context.Context, tenant string) context.Context {
	return scope.With(ctx, scope.UserContext{UserID: "demo", TenantID: tenant})
}

// document is a row of the table that both tenants have under the same name.
type document struct {
	Basket string `db:"basket"`
	Name   string `db:"name"`
	Size   int64  `db:"size_bytes"`
}

func storeAndRead(ctx context.Context, out io.Writer, db *sqlx.DB) error {
	documents := map[string][]document{
		"acme":   {{"invoices", "anvil.pdf", 4_096}, {"invoices", "rocket-skates.pdf", 8_192}},
		"globex": {{"contracts", "volcano-lease.pdf", 65_536}},
	}
	for tenant, docs := range documents {
		if err := store(as(ctx, tenant), db, docs); err != nil {
			return fmt.Errorf("as %s: %w", tenant, err)
		}
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "Both store documents, and then run the same statement at the same time over the same pool:")
	seen := [2][]document{}
	errs := make(chan error, len(seen))
	tenants := [2]string{"acme", "globex"}
	for i, tenant := range tenants {
		go func() { errs <- db.SelectContext(as(ctx, tenant), &seen[i], listing) }()
	}
	for range tenants {
		if err := <-errs; err != nil {
			return err
		}
	}
	fmt.Fprintln(out)
	for i, tenant := range tenants {
		for _, d := range seen[i] {
			fmt.Fprintf(out, "  %-7s sees %s/%s, %d bytes\n", tenant, d.Basket, d.Name, d.Size)
		}
	}
	return nil
}

const listing = `SELECT b.name AS basket, d.name, d.size_bytes
	FROM document d JOIN docbasket b ON b.id = d.basket_id ORDER BY d.id`

// store writes a tenant's documents in one transaction.
func store(ctx context.Context, db *sqlx.DB, docs []document) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, d := range docs {
		if _, err := tx.NamedExecContext(ctx,
			`INSERT INTO docbasket (name) VALUES (:basket) ON CONFLICT (name) DO NOTHING`, d); err != nil {
			return err
		}
		if _, err := tx.NamedExecContext(ctx, `INSERT INTO document (basket_id, name, size_bytes)
			SELECT id, :name, :size_bytes FROM docbasket WHERE name = :basket`, d); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// wrap breaks a long message into indented lines.
func wrap(message string) string {
	var b strings.Builder
	width := 0
	for _, word := range strings.Fields(message) {
		if width > 0 && width+1+len(word) > 96 {
			b.WriteString("\n     ")
			width = 0
		}
		if width > 0 {
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}
