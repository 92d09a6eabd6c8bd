package guard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// A text that differs from an allowed one in comments is not parsed, other constants or not.
func TestCommentsShareVerdicts(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		shared        bool
	}{
		{"SELECT name FROM documents", "SELECT name FROM documents /*traceparent='00-1-01',route='%2Fdocs'*/", true},
		{"SELECT name FROM documents /*traceparent='00-1-01'*/", "SELECT name FROM documents", true},
		{"SELECT name FROM documents /*t='1'*/;", "SELECT name FROM documents /*t='2'*/;", true},
		{"/* action=a */ SELECT name FROM documents", "/* action=b? :c %s */\n SELECT name FROM documents", true},
		{"-- name: GetDoc :one\nSELECT name FROM documents", "SELECT name FROM documents -- trace: x", true},
		{"SELECT name FROM documents WHERE id = 1 /*t='1'*/", "SELECT name FROM documents WHERE id = 22 /*t='22'*/", true},
		{"SELECT /*a*/ name FROM documents WHERE id = $1", "SELECT /*b*/ name FROM documents WHERE id = $1 --\n", true},
		{"SELECT nextval('doc_number_seq') /*1*/", "/*2*/SELECT nextval('doc_number_seq')", true},
		{"BEGIN /*1*/", "BEGIN /*2*/", true},
		{"", "-- ping", true},

		{"SELECT nextval('doc_number_seq') /*1*/", "SELECT nextval('documents') /*1*/", false},
		{"SELECT name FROM documents /*1*/", "SELECT name FROM documents /*$1*/", false},
		{"SELECT name FROM documents /*1*/", "SELECT name FROM documents /*+*/", false},
		{"/*+*/ SELECT name FROM documents /*1*/", "/*+*/ SELECT name FROM documents /*2*/", false},
		{"SELECT name FROM documents /*1*/", "SELECT name FROM docu/*1*/ments", false},
		{`SELECT * FROM U&"doc!0075ments" UESCAPE '!' --1`, `SELECT * FROM U&"doc!0075ments" UESCAPE '!' --2`, false},
		{`SELECT * FROM U&"doc!0075ments" UESCAPE '!'`, `SELECT * FROM U&"doc!0075ments" UESCAPE '!' --1`, false},
		{"SELECT 'a'\n'b' --1", "SELECT 'a'--1\n'b'", false},
		{"SELECT 'a' AS x --1", "SELECT 'a' --' AS x --1", false},
	} {
		g := mustNew(t, corpusPolicy)
		if err := g.Check("tenant_acme", tt.first); err != nil {
			t.Errorf("%q: %v", tt.first, err)
		}
		if exact, alike := g.Remembered("tenant_acme", tt.second); (exact || alike) != tt.shared {
			t.Errorf("%q after %q: exact %t, alike %t, want %t", tt.second, tt.first, exact, alike, tt.shared)
		}
		sameAnew(t, g, "tenant_acme", tt.second)
		sameAnew(t, g, "tenant_globex", tt.second)
	}
}

// What is refused for its comments, or as a text of its own, stays refused beside an allowed one without them.
func TestCommentsStayRefused(t *testing.T) {
	g := mustNew(t, guard.Policy{Limits: guard.Limits{MaxBytes: 100}})
	for _, sql := range []string{"SELECT 1", "SELECT 'a' 'b'", "SELECT 'a'\n'b'", "", "SELECT a$x, '$1'"} {
		_ = g.Check("tenant_acme", sql)
	}
	for _, sql := range []string{
		"SELECT 1 /*+ Set(role x) */", "-- /*+ Set(role x)\nSELECT 1", "/* /*+ Set(role x) */ */ SELECT 1",
		"SELECT 1 /* open", "SELECT 1 /* /* */", "/* SELECT 1", "SELECT 1 /*/", "SELECT 1 /* \x00 */", "SELECT 1 /* \xff */",
		"/**/\x00SELECT \x02", "\x00SELECT \x02/**/", "SELECT 1 /* a */\v", "SEL/**/ECT 1", "SELECT 1 /* a */ */",
		"SELECT 'a'--\n'b'", "SELECT 'a'/**/\n'b'", "SELECT 1 " + strings.Repeat("/**/ ", 20) + "; SELECT 2",
		"SELECT 1 /*" + strings.Repeat("x", 100) + "*/", "SELECT a$x /* $1 */, '1'", "SELECT 1; SET role x --",
		"SELECT name FROM tenant_globex/**/.documents", "SELECT 1+" + strings.Repeat("/**/", 40) + "1",
	} {
		for range 2 {
			if err := g.Check("tenant_acme", sql); !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%q: got %v", sql, err)
			}
		}
	}
}

// A text that names its tenant's schema is allowed for that tenant only, with other comments, too.
func TestCommentsKeepTenantsApart(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	if err := g.Check("tenant_acme", "SELECT name FROM tenant_acme.documents /*1*/"); err != nil {
		t.Fatal(err)
	}
	const other = "/*2*/ SELECT name FROM tenant_acme.documents"
	if err := g.Check("tenant_globex", other); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("got %v", err)
	}
	sameAnew(t, g, "tenant_acme", other)
}

// FuzzCachedComments holds for every text with two comments spliced in, or what looks like comments: whatever the one
// left in the cache, the other one and the text itself get the verdict that they get anew.
func FuzzCachedComments(f *testing.F) {
	for _, v := range loadCorpus(f) {
		f.Add(v.SQL, "/*t='1'*/", "-- a\n", len(v.SQL)/2, len(v.SQL))
	}
	for _, sql := range []string{"SELECT 'a'\n'b'", "SELECT E'a'\n'\\' AS x, 'b'", "SELECT 1 + - 2 / * 3", "DO 'a' 'b'",
		"SELECT nextval('doc_number_seq')", "SELECT name FROM tenant_acme.documents WHERE id = 1; SELECT 2"} {
		f.Add(sql, "/* ' */", "--' \n", 0, len(sql)-3)
		f.Add(sql, "/*+ Set(a b) */", "/* $1", 9, 10)
	}
	p := corpusPolicy
	p.MultiStatement = true
	f.Fuzz(func(t *testing.T, sql, first, second string, at, other int) {
		texts := []string{splice(sql, first, at), splice(sql, second, other), sql, splice(sql, second, at),
			splice(splice(sql, first, other), second, at), splice(sql, "/*"+first+"*/", at), splice(sql, "--"+second+"\n", at)}
		for _, before := range texts[:3] {
			g := mustNew(t, p)
			_ = g.Check("tenant_acme", before)
			for _, text := range texts {
				sameAnew(t, g, "tenant_acme", text)
				sameAnew(t, g, "tenant_globex", text)
			}
		}
	})
}

func splice(sql, comment string, at int) string {
	at = max(0, min(at, len(sql)))
	return sql[:at] + comment + sql[at:]
}
