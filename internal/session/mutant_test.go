package session

import (
	"context"
	"errors"
	"testing"
)

// breaches are the ways to send a statement, here for another tenant's table.
var breaches = map[string]func(ctx context.Context, d *door) error{
	"query": func(ctx context.Context, d *door) error {
		_, err := d.query(ctx, "INSERT INTO tenant_globex.note VALUES ($1) RETURNING text", "breach")
		return err
	},
	"exec": func(ctx context.Context, d *door) error {
		return d.exec(ctx, "INSERT INTO tenant_globex.note VALUES ($1)", "breach")
	},
	"exec without arguments": func(ctx context.Context, d *door) error {
		return d.exec(ctx, "INSERT INTO tenant_globex.note VALUES ('breach')")
	},
	"several statements": func(ctx context.Context, d *door) error {
		return d.exec(ctx, "SELECT 1; INSERT INTO tenant_globex.note VALUES ('breach')")
	},
	"prepare": func(ctx context.Context, d *door) error {
		return d.prepare(ctx, "INSERT INTO tenant_globex.note VALUES ($1)", "breach")
	},
	"batch": func(ctx context.Context, d *door) error {
		return d.batch(ctx, []string{"SELECT $1::text", "INSERT INTO tenant_globex.note VALUES ($1)"}, "breach")
	},
}

// A mutant of Begin that lets every text through is caught on the wire: nothing of a statement that the guard refuses
// reaches the server, and the session is not used again. The tenants' roles stop nothing here.
func TestMutantIsCaughtOnTheWire(t *testing.T) {
	w := newWorld(t)
	w.breakSecondWall(t)
	for _, way := range doorways() {
		for name, breach := range breaches {
			for _, pinned := range []bool{false, true} {
				d := w.open(t, way)
				if pinned {
					if err := d.exec(as("acme"), "UPDATE note SET text = text"); err != nil {
						t.Fatal(err)
					}
				}
				d.mutant = true
				if err := breach(as("acme"), d); err == nil || d.filter.Refusal() == nil {
					t.Errorf("%s, %s: %v; the filter says %v", way, name, err, d.filter.Refusal())
				}
				if d.tap.holds("tenant_globex") {
					t.Errorf("%s, %s: it was sent", way, name)
				}
				_, err := d.Begin(as("acme"), Request{Op: "exec", Text: "SELECT 1"})
				if !errors.Is(err, ErrGone) || d.Fit() == nil {
					t.Errorf("%s, %s: the session is used again: %v", way, name, err)
				}
			}
		}
	}
	if n := w.notes(t, "globex"); n != 1 {
		t.Errorf("globex has %d rows, want 1", n)
	}
}

// Without the guard on the wire the same statements arrive, so the test above can fail.
func TestMutantOfBoth(t *testing.T) {
	w := newWorld(t)
	w.breakSecondWall(t)
	rows := w.notes(t, "globex")
	for _, way := range doorways() {
		for name, breach := range breaches {
			d := w.open(t, way)
			d.real = anything{}
			d.mutant = true
			if err := breach(as("acme"), d); err != nil || !d.tap.holds("tenant_globex") {
				t.Errorf("%s, %s: not sent: %v", way, name, err)
			}
			if rows++; w.notes(t, "globex") != rows {
				t.Errorf("%s, %s: no row for globex", way, name)
			}
		}
	}
}

// doorways are pgx's modes, where sessions are pinned and where transactions are.
func doorways() (ways []doorway) {
	for _, mode := range modeNames {
		ways = append(ways, doorway{mode: mode})
		if mode != "describe_exec" { // it never goes with pins of transactions
			ways = append(ways, doorway{mode: mode, pin: pinTransaction})
		}
	}
	return ways
}

func (w doorway) String() string { return w.mode + " " + w.pin }

// breakSecondWall gives acme's role the rights on globex's tables.
func (w *world) breakSecondWall(t *testing.T) {
	t.Helper()
	role := w.role(t, "acme")
	w.exec(t, `GRANT USAGE ON SCHEMA tenant_globex TO "`+role+`"`, `GRANT ALL ON tenant_globex.note TO "`+role+`"`)
}
