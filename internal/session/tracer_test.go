package session

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// intruder is a tracer that sends statements of its own on the connection. pgx gives it the connection while an
// operation is under way.
type intruder struct {
	intrude func(c *pgx.Conn) // at the next statement
}

func (i *intruder) TraceQueryStart(ctx context.Context, c *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if f := i.intrude; f != nil {
		i.intrude = nil // its own statement is traced as well
		f(c)
	}
	return ctx
}

func (i *intruder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// openWith returns a door with an intruder, on which globex was the last to work.
func (w *world) openWith(t *testing.T, i *intruder, way doorway) *door {
	t.Helper()
	way.configure = func(c *pgx.ConnConfig) { c.Tracer = i }
	d := w.open(t, way)
	for _, tenant := range []string{"acme", "globex"} {
		if got, err := d.query(as(tenant), "SELECT text FROM note"); got != tenant || err != nil {
			t.Fatalf("as %s: %q, %v", tenant, got, err)
		}
		d.Release()
	}
	return d
}

// A tracer's statement that fails takes the pin with it that it carried. The traced statement must not run then: the
// session is still the last tenant's.
func TestTracerLosesThePin(t *testing.T) {
	w := newWorld(t)
	for _, mode := range modeNames {
		t.Run(mode, func(t *testing.T) {
			i := &intruder{}
			d := w.openWith(t, i, doorway{mode: mode})
			i.intrude = func(c *pgx.Conn) {
				if _, err := c.Exec(t.Context(), "SELECT 1/0"); err == nil {
					t.Error("nothing failed")
				}
			}
			if got, err := d.query(as("acme"), "SELECT text FROM note WHERE text <> $1", ""); err == nil {
				t.Errorf("as acme: saw %q", got)
			}
			if d.Fit() == nil {
				t.Error("the session is used again")
			}
		})
	}
}

// A tracer's statement may not do to the session what the operation was not begun for: the pin was planned without it.
func TestTracerChangesNothing(t *testing.T) {
	w := newWorld(t)
	for _, intrusion := range []string{"BEGIN", "ROLLBACK", "COMMIT", "SAVEPOINT s", "SET TRANSACTION READ ONLY", "CALL p()"} {
		for _, pin := range []string{pinSession, pinTransaction} {
			i := &intruder{}
			d := w.openWith(t, i, doorway{pin: pin})
			var refused error
			i.intrude = func(c *pgx.Conn) { _, refused = c.Exec(t.Context(), intrusion) }
			if got, err := d.query(as("acme"), "SELECT text FROM note"); err == nil {
				t.Errorf("%s, pin mode %s: saw %q", intrusion, pin, got)
			}
			if refused == nil || d.tap.holds(intrusion) {
				t.Errorf("%s, pin mode %s: sent; %v", intrusion, pin, refused)
			}
			if d.Fit() == nil {
				t.Errorf("%s, pin mode %s: the session is used again", intrusion, pin)
			}
		}
	}
}

// A text of docex's own, or of pgx's, lets no statement of a tenant out beside it, not even one that is prepared.
func TestTracerBesideOwnText(t *testing.T) {
	w := newWorld(t)
	const text = "SELECT text FROM note WHERE text <> $1"
	for name, run := range map[string]func(c *pgx.Conn) error{
		"prepared": func(c *pgx.Conn) error {
			_, err := pgx.CollectRows(must(c.Query(context.Background(), text+tag("globex"), "")), pgx.RowTo[string])
			return err
		},
		"text": func(c *pgx.Conn) error {
			_, err := c.Exec(context.Background(), "SELECT text FROM note")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := &intruder{}
			d := w.openWith(t, i, doorway{})
			if _, err := d.query(as("globex"), text, ""); err != nil { // pgx has it prepared from now on
				t.Fatal(err)
			}
			tx, err := d.beginTx(as("globex"))
			if err != nil {
				t.Fatal(err)
			}
			var got error
			i.intrude = func(c *pgx.Conn) { got = run(c) }
			if err := d.commit(tx); err == nil {
				t.Error("COMMIT ran behind it")
			}
			if got == nil {
				t.Error("it ran")
			}
			if d.Fit() == nil {
				t.Error("the session is used again")
			}
		})
	}
}

// must is for what pgx repeats as the error of the rows.
func must(rows pgx.Rows, _ error) pgx.Rows { return rows }
