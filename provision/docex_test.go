package provision_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

const docexTables = `doc_events docbasket document document_metadata file_history operation_dependencies operations ` +
	`processing_operations processors route_operations transport_routes`

func TestDocEXTables(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	got := w.value(`SELECT string_agg(relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class
 WHERE relnamespace = 'tenant_acme'::regnamespace AND relkind = 'r'`)
	if d := cmp.Diff(docexTables, got); d != "" {
		t.Error(d)
	}
	if got := w.value(`SELECT COALESCE(string_agg(relname, ' '), '') FROM pg_class AS c
 WHERE relnamespace = 'tenant_acme'::regnamespace AND relkind = 'r'
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')`); got != "" {
		t.Errorf("without a primary key: %s", got)
	}
}

// Deleting a row looks up every row that refers to it; without an index that reads the whole table.
func TestEveryForeignKeyHasAnIndex(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	got := w.value(`SELECT COALESCE(string_agg(conrelid::regclass || '.' || conname, ' '), '') FROM pg_constraint AS f
 WHERE contype = 'f' AND connamespace = 'tenant_acme'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indkey[0] = f.conkey[1])`)
	if got != "" {
		t.Errorf("foreign keys without an index: %s", got)
	}
}

// A document's way through the tables, as the tenant's role.
func TestDocEXTablesInUse(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must(`
INSERT INTO docbasket (id, name) VALUES (1, 'invoices');
INSERT INTO document (id, basket_id, name, content_type, size_bytes, checksum, storage_path)
VALUES (1, 1, 'a.pdf', 'application/pdf', 3, repeat('ab', 32), '/in/a.pdf');
INSERT INTO document_metadata (document_id, key, value) VALUES (1, 'supplier', '"Globex"'), (1, 'total', '12.5');
INSERT INTO file_history (document_id, internal_path, action) VALUES (1, '/in/a.pdf', 'created');
INSERT INTO operations (id, document_id, operation_type) VALUES (1, 1, 'scan'), (2, 1, 'ocr');
INSERT INTO operation_dependencies (operation_id, depends_on_id) VALUES (2, 1);
UPDATE operations SET status = 'succeeded', started_at = now(), completed_at = now() WHERE id = 1;
INSERT INTO doc_events (document_id, basket_id, operation_id, event_type) VALUES (1, 1, 1, 'scanned');
INSERT INTO transport_routes (id, name, direction, protocol, basket_id) VALUES (1, 'bank', 'inbound', 'sftp', 1);
INSERT INTO route_operations (route_id, document_id, operation) VALUES (1, 1, 'download');
INSERT INTO processors (id, name, processor_type) VALUES (1, 'ocr', 'pdf-to-text');
INSERT INTO processing_operations (processor_id, document_id, operation_id) VALUES (1, 1, 2);`)

	const check, foreignKey, unique = "23514", "23503", "23505"
	for statement, want := range map[string]string{
		"UPDATE document SET status = 'lost'":                                                         check,
		"UPDATE document SET size_bytes = -1":                                                         check,
		"UPDATE document SET checksum = 'short'":                                                      check,
		"INSERT INTO document (id, basket_id, name) VALUES (2, 9, 'x')":                               foreignKey,
		"DELETE FROM docbasket":                                                                       foreignKey,
		"INSERT INTO docbasket (id, name) VALUES (2, 'invoices')":                                     unique,
		"INSERT INTO document_metadata (document_id, key, value) VALUES (1, 'total', '1')":            unique,
		"INSERT INTO operation_dependencies (operation_id, depends_on_id) VALUES (1, 1)":              check,
		"UPDATE operations SET status = 'failed' WHERE id = 2":                                        check,
		"UPDATE operations SET error = 'x' WHERE id = 1":                                              check,
		"INSERT INTO file_history (id, document_id, action) VALUES (2, 1, 'moved')":                   check,
		"UPDATE transport_routes SET direction = 'sideways'":                                          check,
		"UPDATE transport_routes SET config = '[]'":                                                   check,
		"DELETE FROM processors":                                                                      foreignKey,
		"INSERT INTO document (id, basket_id, name, storage_path) VALUES (2, 1, 'copy', '/in/a.pdf')": unique,
	} {
		if got := app.code(statement); got != want {
			t.Errorf("%s: code %q, want %q", statement, got, want)
		}
	}
	app.must("DELETE FROM document")
	const left = `SELECT (SELECT count(*) FROM tenant_acme.document_metadata) + (SELECT count(*)
  FROM tenant_acme.file_history)
 + (SELECT count(*) FROM tenant_acme.operations) + (SELECT count(*) FROM tenant_acme.processing_operations)`
	if got := w.value(left); got != "0" {
		t.Errorf("a deleted document left %s rows", got)
	}
}
