package pgdump

import (
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
)

func addSeeds(f *testing.F) {
	f.Helper()
	for _, sql := range hostile.Borders {
		f.Add(sql)
	}
	for _, sql := range []string{
		"CREATE TABLE app.t (a app.user DEFAULT nextval('app.s'::regclass))", "SELECT app.*, app.id FROM app.app",
		"CREATE FUNCTION app.f() RETURNS t LANGUAGE plpgsql SET search_path TO 'app' AS $a$ BEGIN app.g($app.a$); END $a$",
		"CREATE FUNCTION app.f() RETURNS t LANGUAGE sql AS 'SELECT ''app.x''::regclass, E''\\\\'' '",
		"CREATE FUNCTION app.f() RETURNS int BEGIN ATOMIC SELECT CASE app.g() END; END",
		"\\connect a\n", "COPY app.t FROM stdin",
	} {
		f.Add(sql)
	}
}

// FuzzStrip holds for every text: the schema's name and the dot behind it are gone where they qualify a name, and every
// other token is as it was.
func FuzzStrip(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, sql string) {
		tokens, err := text.Tokens(sql)
		if err != nil || strings.ContainsRune(sql, 0) {
			return
		}
		c := &cleaner{schema: "app", note: func(int, string) {}}
		in := &fragment{sql: sql, tokens: tokens}
		literals := func(i int) bool { return tokens[i].Kind == text.TokenLiteral }
		out := apply(sql, c.strip(in, literals))
		got, err := text.Tokens(out)
		if err != nil {
			return // what was apart has become a run of signs that is too long
		}
		aliases := c.aliases(in)
		var want []string
		for i := 0; i < len(tokens); i++ {
			if !literals(i) && c.qualifies(in, i) && !aliases(i) {
				i++
				continue
			}
			want = append(want, tokenText(sql, tokens[i]))
		}
		var have []string
		for _, tok := range got {
			have = append(have, tokenText(out, tok))
		}
		if !slices.Equal(want, have) {
			t.Errorf("%q became %q\nwant %q\nhave %q", sql, out, want, have)
		}
	})
}

// tokenText is a token as the server reads it: a keyword that a name in front of it made a name is quoted now.
func tokenText(sql string, t text.Token) string {
	if t.Kind == text.TokenWord || t.Kind == text.TokenQuoted {
		return nameOf(sql, t)
	}
	return sql[t.Start:t.End]
}

// FuzzImport holds for every text between a dump's header and its trailer: it is refused, or becomes a text of as many
// statements, in which every place came from a place of the dump.
func FuzzImport(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, sql string) {
		dump := header + "\nCREATE TABLE app.t ();\n" + sql + ";\n" + trailer + "\n"
		r, err := Import([]Source{{Name: "x", Text: []byte(dump)}}, Options{Schema: "app"})
		if err != nil {
			if _, ok := err.(*Refusal); !ok {
				t.Fatal(err)
			}
			return
		}
		for i, line := range strings.Split(r.Text, "\n") {
			for column := range len(line) + 1 {
				if p := r.Place(i+1, column+1); p.Column < 1 || p.Line != 1+strings.Count(dump[:p.Offset], "\n") {
					t.Fatalf("%q: %d:%d comes from %d:%d", dump, i+1, column+1, p.Line, p.Column)
				}
			}
		}
	})
}
