package session

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
)

// allowed returns the admission of an operation of acme's that the guard has allowed.
func allowed(t *testing.T, r Request) *admission {
	t.Helper()
	g := testGuard(t)
	op := &Operation{Target: Target{Tenant: "acme"}, Request: r, names: names{Schema: "tenant_acme", tag: tag("acme")}}
	if err := (&Session{shared: &Shared{Config: Config{Guard: g}}}).judge(t.Context(), op); err != nil {
		t.Fatal(err)
	}
	return &admission{guard: g, op: *op, own: op.Sent}
}

// What goes out is what the guard would allow of the operation, and nothing that does more than the operation.
func TestAdmissionText(t *testing.T) {
	const mine = "SELECT text FROM note"
	many := Request{Batch: []string{"UPDATE note SET text = $1", "SELECT $1"}}
	for _, tt := range []struct {
		name    string
		request Request
		text    string
		passes  bool
	}{
		{"the text", Request{Text: mine}, mine, true},
		{"with the tag", Request{Text: mine}, mine + tag("acme"), true},
		{"with another tenant's tag", Request{Text: mine}, mine + tag("globex"), true}, // a comment is a comment
		{"what pgx asks about a table", Request{Text: mine}, `select "text" from "note"`, true},
		{"another tenant's table", Request{Text: mine}, "SELECT text FROM tenant_globex.note", false},
		{"another tenant's table, with the tag", Request{Text: mine},
			"SELECT text FROM tenant_globex.note" + tag("acme"), false},
		{"the system's table", Request{Text: mine}, "TABLE docex_system.tenant", false},
		{"BEGIN", Request{Text: mine}, "begin", false},
		{"BEGIN, when it is asked for", Request{BeginTx: true}, "begin isolation level serializable", true},
		{"BEGIN as text", Request{Text: "BEGIN"}, "BEGIN" + tag("acme"), true},
		{"COMMIT for BEGIN", Request{BeginTx: true}, "commit", false},
		{"COMMIT", Request{Text: mine}, "COMMIT", false},
		{"ROLLBACK", Request{Text: mine}, "ROLLBACK", false},
		{"ROLLBACK, when it is asked for", Request{Text: "ROLLBACK"}, "ROLLBACK" + tag("acme"), true},
		{"SAVEPOINT", Request{Text: mine}, "SAVEPOINT s", false},
		{"SET TRANSACTION", Request{Text: mine}, "SET TRANSACTION READ ONLY", false},
		{"SET", Request{Text: mine}, "SET work_mem = '1GB'", false},
		{"SET, when it is asked for", Request{Text: "SET work_mem = '1GB'"}, "SET work_mem = '1GB'" + tag("acme"), true},
		{"CALL", Request{Text: mine}, "CALL tenant_acme.tidy_up()", false},
		{"CALL, when it is asked for", Request{Text: "CALL tenant_acme.tidy_up()"},
			"CALL tenant_acme.tidy_up()" + tag("acme"), true},
		{"with an argument", Request{Text: "SELECT $1"}, "SELECT  'x' " + tag("acme"), true},
		{"with an argument that looks like a parameter", Request{Text: "SELECT $1 AS a$b"},
			"SELECT  '$1'  AS a$b" + tag("acme"), true},
		{"with an argument that is no text", Request{Text: "SELECT $1"}, "SELECT  '\xff\x00' " + tag("acme"), true},
		{"several, with such an argument", Request{Text: "SELECT 1; SELECT $1"}, "SELECT 1; SELECT  '\xff' ", true},
		{"no text, and no argument", Request{Text: "SELECT $1"}, "SELECT \xff" + tag("acme"), false},
		{"a batch", many, "UPDATE note SET text =  'x' " + tag("acme") + "\n;SELECT  'x' " + tag("acme"), true},
		{"a statement of a batch", many, "SELECT $1" + tag("acme"), true},
		{"a batch and more", many,
			"UPDATE note SET text =  'x' " + tag("acme") + "\n;SELECT  'x' " + tag("acme") + "\n;COMMIT", false},
		{"COPY that is composed", Request{Compose: func(schema string) (judged, sent string) {
			return "SELECT text FROM " + schema + ".note", "COPY (SELECT 1) TO STDOUT"
		}}, "COPY (SELECT 1) TO STDOUT", true},
		{"COPY", Request{Text: mine}, "COPY (SELECT 1) TO STDOUT", false},
	} {
		if err := allowed(t, tt.request).Text(tt.text); (err == nil) != tt.passes {
			t.Errorf("%s: %q: %v", tt.name, tt.text, err)
		}
	}
}

// A text of docex's own goes out as it is and alone; what was allowed before does not.
func TestAdmissionOwn(t *testing.T) {
	a := allowed(t, Request{Text: "SELECT 1"})
	if a.Owner() != "acme" {
		t.Errorf("the owner is %q", a.Owner())
	}
	*a = admission{own: "commit"}
	for text, passes := range map[string]bool{"commit": true, "commit ": false, "": false, "SELECT 1": false} {
		if err := a.Text(text); (err == nil) != passes {
			t.Errorf("%q: %v", text, err)
		}
	}
	if a.Owner() != "" {
		t.Errorf("statements of %q are bound beside it", a.Owner())
	}
	nothing := &admission{}
	if err := nothing.Text(""); !errors.Is(err, errNotAllowed) {
		t.Errorf("nothing was allowed: %v", err)
	}
}

// The values that pgx writes into a text, and what the server thinks of some of them, come and go as with pgx.
func TestInterpolatedValues(t *testing.T) {
	w := newWorld(t)
	d := w.open(t, doorway{mode: "simple_protocol"})
	var denial *guard.Denial
	for _, text := range []string{
		"SELECT $1::text", "SELECT $1::text AS a$b", "SELECT $1::text AS x WHERE E'\\n' <> $1::text",
	} {
		for _, value := range []any{"x", "it's", "costs $5", `\`, "-- ' /*", "$1", -1, 1.5, true, "x\x00y", "\xff"} {
			plain, err := pgx.Connect(t.Context(), withParams(t, w.AppDSN, "default_query_exec_mode", "simple_protocol"))
			if err != nil {
				t.Fatal(err)
			}
			var want string
			wantErr := plain.QueryRow(t.Context(), text, value).Scan(&want)
			got, err := d.query(as("acme"), text, value)
			if got != want || (err == nil) != (wantErr == nil) || errors.As(err, &denial) {
				t.Errorf("%s with %q: %q, %v; pgx has %q, %v", text, value, got, err, want, wantErr)
			}
			err = d.batch(as("acme"), []string{text, text}, value)
			if (err == nil) != (wantErr == nil) || errors.As(err, &denial) {
				t.Errorf("%s with %q in a batch: %v; pgx says %v", text, value, err, wantErr)
			}
			if err := d.Fit(); err != nil {
				t.Fatalf("%s with %q: %v", text, value, err)
			}
			if err := plain.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// In mode simple_protocol an argument is part of the text, and some planner extensions look for hints there.
func TestHintInAValue(t *testing.T) {
	w := newWorld(t)
	const hint = "/*+ Set(role x) */"
	if got, err := w.open(t, doorway{}).query(as("acme"), "SELECT $1::text", hint); got != hint || err != nil {
		t.Errorf("as an argument: %q, %v", got, err)
	}
	if got, err := w.open(t, doorway{mode: "simple_protocol"}).query(as("acme"), "SELECT $1::text",
		hint); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("in the text: %q, %v", got, err)
	}
	if got, err := w.open(t, doorway{mode: "simple_protocol"}).query(as("acme"), "SELECT $1::text",
		"/*+ SeqScan(t) */"); err != nil {
		t.Errorf("a harmless one: %q, %v", got, err)
	}
}
