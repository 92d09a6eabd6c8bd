package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
)

// workload is what a document system sends for one tenant: it writes to all eleven tables of the DocEX DDL, reads them
// with joins, and deletes, so that the server opens every relation and index and plans every foreign key in both
// directions.
type workload struct {
	db *sql.DB
	// variants is how many texts each query has, as of a program with as many times the queries; at least 1.
	variants int
	// queries is how often each text is sent in a visit; from the sixth time on the server keeps a generic plan.
	queries int
}

// newDocument leads from a basket to everything that belongs to a document, and leaves the ids in it.
type newDocument struct {
	basket, document, operation, second, route, processor int64
}

// visit does a round of work for one tenant. What it writes it deletes, but for the route and the processor.
func (w workload) visit(tb testing.TB, ctx context.Context) {
	tb.Helper()
	d := w.write(tb, ctx)
	for range w.queries {
		for v := range w.variants {
			w.read(tb, ctx, d, v)
		}
	}
	for _, s := range []struct {
		text string
		id   int64
	}{
		{"UPDATE document SET status = 'processed', updated_at = now() WHERE id = $1", d.document},
		{"UPDATE operations SET status = 'succeeded', completed_at = now() WHERE id = $1", d.operation},
		{"UPDATE docbasket SET status = 'archived' WHERE id = $1", d.basket},
		{"DELETE FROM operations WHERE id = $1", d.operation},
		{"DELETE FROM document WHERE id = $1", d.document},
		{"DELETE FROM docbasket WHERE id = $1", d.basket},
	} {
		if _, err := w.db.ExecContext(ctx, s.text, s.id); err != nil {
			tb.Fatalf("%s: %v", s.text, err)
		}
	}
}

func (w workload) write(tb testing.TB, ctx context.Context) (d newDocument) {
	tb.Helper()
	returning := func(text string, args ...any) (id int64) {
		tb.Helper()
		if err := w.db.QueryRowContext(ctx, text+" RETURNING id", args...).Scan(&id); err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
		return id
	}
	exec := func(text string, args ...any) {
		tb.Helper()
		if _, err := w.db.ExecContext(ctx, text, args...); err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
	}
	d.basket = returning("INSERT INTO docbasket (name) VALUES ($1)", "invoices")
	d.document = returning("INSERT INTO document (basket_id, name, created_by) VALUES ($1, $2, $3)", d.basket, "a.pdf", "ann")
	exec(`INSERT INTO document_metadata (document_id, key, value) VALUES ($1, $2, $3)
		ON CONFLICT (document_id, key) DO UPDATE SET value = excluded.value, updated_at = now()`, d.document, "pages", "3")
	exec("INSERT INTO file_history (document_id, internal_path, action) VALUES ($1, $2, $3)", d.document, "a/b", "created")
	const operation = "INSERT INTO operations (document_id, operation_type) VALUES ($1, $2)"
	d.operation, d.second = returning(operation, d.document, "scan"), returning(operation, d.document, "index")
	exec("INSERT INTO operation_dependencies (operation_id, depends_on_id) VALUES ($1, $2)", d.second, d.operation)
	exec("INSERT INTO doc_events (document_id, basket_id, operation_id, event_type) VALUES ($1, $2, $3, $4)",
		d.document, d.basket, d.operation, "received")
	d.route = returning(`INSERT INTO transport_routes (name, direction, protocol, basket_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET basket_id = excluded.basket_id, updated_at = now()`, "in", "inbound", "sftp", d.basket)
	exec("INSERT INTO route_operations (route_id, document_id, operation) VALUES ($1, $2, $3)", d.route, d.document, "download")
	d.processor = returning(`INSERT INTO processors (name, processor_type) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET updated_at = now()`, "ocr", "text")
	exec("INSERT INTO processing_operations (processor_id, document_id, operation_id) VALUES ($1, $2, $3)",
		d.processor, d.document, d.operation)
	return d
}

// reads are the queries; $1 is a document's id.
var reads = []string{
	`SELECT d.name, d.status, b.name FROM document d JOIN docbasket b ON b.id = d.basket_id
	  WHERE d.basket_id = (SELECT basket_id FROM document WHERE id = $1) ORDER BY d.created_at DESC LIMIT 50`,
	`SELECT d.name, m.key, h.internal_path FROM document d LEFT JOIN document_metadata m ON m.document_id = d.id
	  LEFT JOIN LATERAL (SELECT internal_path FROM file_history f WHERE f.document_id = d.id
	                      ORDER BY changed_at DESC LIMIT 1) h ON true WHERE d.id = $1`,
	`SELECT o.operation_type, o.status, o.priority FROM operations o WHERE o.document_id = $1 AND o.status = 'pending'
	    AND NOT EXISTS (SELECT FROM operation_dependencies p JOIN operations n ON n.id = p.depends_on_id
	                     WHERE p.operation_id = o.id AND n.status <> 'succeeded') ORDER BY o.priority DESC, o.created_at`,
	`SELECT e.event_type, b.name, o.status FROM doc_events e LEFT JOIN docbasket b ON b.id = e.basket_id
	   LEFT JOIN operations o ON o.id = e.operation_id WHERE e.document_id = $1 ORDER BY e.occurred_at DESC LIMIT 20`,
	`SELECT r.name, x.status, d.name FROM transport_routes r JOIN route_operations x ON x.route_id = r.id
	   JOIN document d ON d.id = x.document_id WHERE d.id = $1 ORDER BY x.created_at DESC`,
	`SELECT p.name, w.status, d.name FROM processors p JOIN processing_operations w ON w.processor_id = p.id
	   JOIN document d ON d.id = w.document_id LEFT JOIN operations o ON o.id = w.operation_id WHERE d.id = $1`,
	`SELECT status, count(*)::text, max(updated_at)::text FROM document WHERE id >= $1 GROUP BY status`,
	`SELECT m.key, m.source, d.name FROM document_metadata m JOIN document d ON d.id = m.document_id
	  WHERE m.document_id = $1 AND m.value IS NOT NULL`,
}

func (w workload) read(tb testing.TB, ctx context.Context, d newDocument, variant int) {
	tb.Helper()
	for _, text := range reads {
		if variant > 0 {
			text += fmt.Sprintf(" -- %d", variant)
		}
		rows, err := w.db.QueryContext(ctx, text, d.document)
		if err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
		var a, b, c sql.NullString
		for rows.Next() {
			err = rows.Scan(&a, &b, &c)
		}
		if err != nil || rows.Err() != nil {
			tb.Fatalf("%s: %v, %v", text, err, rows.Err())
		}
	}
}
