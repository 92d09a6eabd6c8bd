package session

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/jackc/pgx/v5"
)

// allowed returns the admission of an operation of acme's that the guard has allowed.
func allowed(t *testing.T, r Request) *admission {
	t.Helper()
	g := testGuard(t)
	op := &Operation{Target: Target{Tenant: "acme", Schema: "tenant_acme"}, Request: r, names: names{tag: tag("acme")}}
	if err := (&Session{shared: &Shared{Config: Config{Guard: g}}}).judge(op); err != nil {
		t.Fatal(err)
	}
	a := &admission{}
	a.allow(g, op)
	return a
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
	a.allowOwn("commit")
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

// interpolations are templates and what is to be taken for them with constants in it.
var interpolations = []struct {
	template, text string
	want           bool
}{
	{"SELECT 1", "SELECT 1", true},
	{"", "", true},
	{"SELECT $1", "SELECT  'x' ", true},
	{"SELECT $1", "SELECT  null ", true},
	{"SELECT $1", "SELECT  '' ", true},
	{"SELECT $1", "SELECT  'it''s' ", true},
	{"SELECT $1", "SELECT  '''' ", true},
	{"SELECT $1", "SELECT  '$1' ", true},
	{"SELECT $1", `SELECT  '\' `, true},
	{"SELECT $1, $2", "SELECT  'a' ,  'b' ", true},
	{"SELECT $1$2", "SELECT  'a'  'b' ", true},
	{"SELECT $10", "SELECT  'a' ", true},
	{"SELECT '$1', $1", "SELECT '$1',  'x' ", true},
	{"SELECT /* $1 */ $1", "SELECT /* $1 */  'x' ", true},
	{`SELECT "$1", $1`, `SELECT "$1",  'x' `, true},
	{"SELECT $$ $1 $$, $1", "SELECT $$ $1 $$,  'x' ", true},
	{"SELECT a$1, $1", "SELECT a$1,  'x' ", true},

	{"SELECT $1", "SELECT $1", false}, // pgx leaves none
	{"SELECT $1", "SELECT 'x'", false},
	{"SELECT $1", "SELECT  'x'", false},
	{"SELECT $1", "SELECT  'x", false},
	{"SELECT $1", "SELECT  '", false},
	{"SELECT $1", "SELECT  ", false},
	{"SELECT $1", "SELECT  5 ", false},
	{"SELECT $1", "SELECT  secret ", false},
	{"SELECT $1", "SELECT  nullx ", false},
	{"SELECT $1", "SELECT  lastval() ", false},
	{"SELECT $1", "SELECT  'x' ; COMMIT", false},
	{"SELECT $1", "SELECT  'x'; COMMIT; SELECT 'y' ", false},
	{"SELECT $1", "SELECT  'x' 'y' ", false},
	{"SELECT $1", "SELECT  'x''; COMMIT; --' ", true}, // it is one string
	{"SELECT $1", "SELECT  'x'''; COMMIT; --' ", false},
	{"SELECT $1", "SELECT  'x''; COMMIT; --", false},
	{"SELECT $1", `SELECT  E'\'; COMMIT; --' `, false},
	{"SELECT $1", "SELECT  $$x$$ ", false},
	{"SELECT $1, $2", "SELECT  'a' ", false},
	{"SELECT $1", "SELECT  'a' ,  'b' ", false},
	{"SELECT '$1'", "SELECT ' '; COMMIT; --' '", false},
	{"SELECT /* $1 */ 1", "SELECT /*  '*/ COMMIT; --' */ 1", false},
	{"SELECT 1 -- $1", "SELECT 1 --  'x\n; COMMIT; --' ", false},
	{`SELECT "$1"`, `SELECT " '"; COMMIT; --' "`, false},
	{"SELECT $a$ $1 $a$", "SELECT $a$  '$a$; COMMIT; --'  $a$", false},
	{"SELECT a$1", "SELECT a 'x' ", false},
	{"SELECT 1", "SELECT 2", false},
	{"SELECT 1", "SELECT 1; COMMIT", false},
	{"SELECT 1; COMMIT", "SELECT 1", false},
	{"", "COMMIT", false},
}

func TestInterpolates(t *testing.T) {
	for _, tt := range interpolations {
		if got := interpolates(tt.template, tt.text); got != tt.want {
			t.Errorf("%q as %q: %t", tt.template, tt.text, got)
		}
	}
}

// What pgx makes of a template is taken for it. What is taken for a template becomes the template again when the
// parameters are put back, and PostgreSQL reads it as the template, with a constant where each parameter was.
func FuzzInterpolates(f *testing.F) {
	for _, tt := range interpolations {
		f.Add(tt.template, tt.text)
	}
	f.Fuzz(func(t *testing.T, template, sql string) {
		if written, ok := write(template, sql); ok && !interpolates(template, written) {
			t.Fatalf("%q is not taken for %q", written, template)
		}
		if !interpolates(template, sql) {
			return
		}
		if back := putBack(t, template, sql); back != template {
			t.Fatalf("%q as %q: with the parameters back it is %q", template, sql, back)
		}
	})
}

// write puts a value where the parameters of a template are, in one that the guard does not refuse for its size.
func write(template, value string) (sql string, ok bool) {
	tokens := text.NewScanner(template)
	var b strings.Builder
	done := 0
	for t := tokens.Next(); t.Kind != text.TokenEOF; t = tokens.Next() {
		if isParameter(template[t.Start:t.End]) {
			b.WriteString(template[done:t.Start] + " '" + strings.ReplaceAll(value, "'", "''") + "' ")
			done = t.End
		}
	}
	return b.String() + template[done:], tokens.Fault() == nil
}

// putBack reads both texts token by token, and returns the second with the parameters of the first in it.
func putBack(t *testing.T, template, sql string) string {
	t.Helper()
	ours, theirs := text.NewScanner(template), text.NewScanner(sql)
	var back strings.Builder
	for done := 0; ; {
		want, got := ours.Next(), theirs.Next()
		expected, read := template[want.Start:want.End], sql[got.Start:got.End]
		switch {
		case ours.Fault() != nil || theirs.Fault() != nil:
			return template // the guard refuses such texts
		case isParameter(expected):
			from, to := got.Start-1, got.End+1
			if from < done || to > len(sql) || !written.MatchString(sql[from:to]) {
				t.Fatalf("%q as %q: %q stands for %s", template, sql, read, expected)
			}
			back.WriteString(sql[done:from] + expected)
			done = to
		case want.Kind != got.Kind || expected != read:
			t.Fatalf("%q as %q: %q stands for %q", template, sql, read, expected)
		case want.Kind == text.TokenEOF:
			return back.String() + sql[done:]
		}
	}
}

// written is a constant as pgx writes it.
var written = regexp.MustCompile(`^ (null|'([^']|'')*') $`)

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
