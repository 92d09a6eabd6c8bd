package session

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// intruder is a tracer that sends statements of its own on the connection. pgx gives it the connection while an operation
// is under way.
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
