package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
)

// TestArguments: an argument is stored as pgx stores it, or refused as pgx refuses it. That holds direct and behind a
// pooler, for the first execution and the third, for the first tenant and the next, with an enum beside it and without.
func TestArguments(t *testing.T) {
	t.Parallel()
	w := newValuesWorld(t, argumentsDDL)
	behind := w.Pooler(t, "transaction", 2)
	for how, execute := range executions {
		want := stored(w.plain(t, "acme"), "acme", execute)
		for _, l := range defaultLanes {
			t.Run(how+", "+l.name, func(t *testing.T) {
				h := w.docex(t, l, behind)
				for _, tenant := range valuesTenants[:2] {
					wantStored(t, tenant, want, stored(h, tenant, execute))
				}
			})
		}
	}
}

// TestArgumentsInNamedModes: where the DSN names a mode, it is pgx's.
func TestArgumentsInNamedModes(t *testing.T) {
	t.Parallel()
	w := newValuesWorld(t, argumentsDDL)
	behind := w.Pooler(t, "transaction", 2)
	for name, lanes := range map[string][]lane{
		"cache_describe":  {direct, pinned, pooled},
		"exec":            {pinned, pooled},
		"simple_protocol": {pooled},
	} {
		for how, execute := range executions {
			want := stored(w.plain(t, "acme", mode(name)...), "acme", execute)
			for _, l := range lanes {
				l = l.inMode(name)
				t.Run(how+", "+l.name, func(t *testing.T) {
					wantStored(t, "acme", want, stored(w.docex(t, l, behind), "acme", execute))
				})
			}
		}
	}
}

// TestArgumentsTellModesApart: a statement that runs in the wrong mode would show in the table of arguments.
func TestArgumentsTellModesApart(t *testing.T) {
	const atLeast, differing = 78, 2 * 30 // with an enum and without
	if len(arguments) < atLeast {
		t.Errorf("%d arguments", len(arguments))
	}
	w := newValuesWorld(t, argumentsDDL)
	want := stored(w.plain(t, "acme"), "acme", asText)
	for _, name := range []string{"exec", "simple_protocol"} {
		differ := 0
		for key, got := range stored(w.plain(t, "acme", mode(name)...), "acme", asText) {
			if !slices.Equal(got, want[key]) {
				differ++
			}
		}
		if differ < differing {
			t.Errorf("%s: only %d of %d statements store another value", name, differ, len(want))
		}
	}
}

// executions are ways to run a statement three times.
var executions = map[string]func(ctx context.Context, db *sql.DB, c call) []string{"text": asText, "Stmt": asStmt}

func asText(ctx context.Context, db *sql.DB, c call) (seen []string) {
	for range 3 {
		seen = append(seen, read(db.QueryContext(ctx, c.query, c.args...)))
	}
	return seen
}

// asStmt has globex prepare the statement, whoever runs it.
func asStmt(ctx context.Context, db *sql.DB, c call) (seen []string) {
	s, err := db.PrepareContext(as("globex"), c.query)
	if err != nil {
		return []string{failure(err)}
	}
	defer s.Close()
	for range 3 {
		seen = append(seen, read(s.QueryContext(ctx, c.args...)))
	}
	return seen
}

// stored stores every argument, and returns what is in the column then, or the error.
func stored(h handle, tenant string, execute func(context.Context, *sql.DB, call) []string) map[string][]string {
	seen := make(map[string][]string)
	for _, a := range arguments {
		for key, c := range a.statements() {
			seen[key] = execute(as(tenant), h.DB, c)
		}
	}
	return seen
}

// statements store an argument alone, and with an enum of the tenant's beside it. A comment makes each a text that the
// connection has not met.
func (a argument) statements() map[string]call {
	alone := fmt.Sprintf("%s into %s", a.what, a.column)
	beside := alone + ", with an enum"
	const one = "/* %s */ INSERT INTO args (%q) VALUES ($1) RETURNING %[2]q::text"
	const two = "/* %s */ INSERT INTO args (%q, tag) VALUES ($1, $2) RETURNING %[2]q::text, tag::text"
	return map[string]call{
		alone:  {fmt.Sprintf(one, alone, a.column), []any{a.value}},
		beside: {fmt.Sprintf(two, beside, a.column), []any{a.value, "sad"}},
	}
}

func wantStored(t *testing.T, tenant string, want, got map[string][]string) {
	t.Helper()
	for key, outcomes := range got {
		if !slices.Equal(outcomes, want[key]) {
			t.Errorf("%s, %s: %q, with pgx %q", tenant, key, outcomes, want[key])
		}
	}
}
