package provision_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/docex/docex/provision"
)

// A new partition is on the worker, and the tenant has the rights on it that it has on the table.
func TestAddPartitionOnCitus(t *testing.T) {
	w := onCitus(t)
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{DDL: provision.DDLString(`
CREATE TABLE log (id bigint NOT NULL, day date NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX log_note ON log (note)`)})
	acme, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	add := func(name, bounds string) error {
		return p.AddPartition(t.Context(), "acme", provision.Partition{Of: "log", Name: name, Bounds: bounds})
	}
	if err := add("Log 2027", next); err != nil {
		t.Fatal(err)
	}
	options := provision.ForEachOptions{Reason: "partitions", AsAdministrator: true}
	if _, err := p.ForEachTenant(t.Context(), options, func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
		_, err := tx.ExecContext(ctx, "CREATE TABLE log_2028 PARTITION OF log "+
			"FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')")
		return err
	}); err != nil {
		t.Error(err)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must(`INSERT INTO log VALUES (1, '2027-02-02', 'a'), (2, '2028-02-02', 'b')`)
	app.must(`UPDATE "Log 2027" SET note = 'c'; UPDATE log_2028 SET note = 'd'`)
	w.exec(`REVOKE INSERT, UPDATE, DELETE ON tenant_acme.log FROM ` + acme.Role)
	if err := add("log_2029", "FOR VALUES FROM ('2029-01-01') TO ('2030-01-01')"); err != nil {
		t.Fatal(err)
	}
	app.must(`SELECT FROM log_2029`)
	if got := app.code(`INSERT INTO log_2029 VALUES (3, '2029-02-02', 'e')`); got != denied {
		t.Errorf("more rights than on the table: %q", got)
	}
	if got := sqlState(t, add("deep", "DEFAULT PARTITION BY RANGE (day)")); got != "0A000" {
		t.Errorf("a partition with partitions: %q", got)
	}
	w.exec(`GRANT INSERT, UPDATE, DELETE ON tenant_acme.log TO ` + acme.Role)
	w.wantDistributed("acme")
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
}
