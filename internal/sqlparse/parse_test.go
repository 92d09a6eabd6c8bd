package sqlparse

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/google/go-cmp/cmp"
)

// TestRelations states which names are looked up as relations: ! marks a target, * a row lock.
func TestRelations(t *testing.T) {
	for _, tc := range []struct{ sql, want string }{
		{`SELECT * FROM a, "B".c, d.e.f`, "a B.c d.e.f"},
		{`SELECT * FROM A, "A", U&"\0061"`, "a A a"},
		{`SELECT * FROM ` + strings.Repeat("x", 70), strings.Repeat("x", 63)},
		{`SELECT * FROM "` + strings.Repeat("é", 40) + `"`, strings.Repeat("é", 31)},
		{`INSERT INTO a SELECT * FROM b`, "!a b"},
		{`UPDATE a SET x = 1 FROM b WHERE EXISTS (SELECT FROM c)`, "!a b c"},
		{`DELETE FROM a USING b JOIN c ON true`, "!a b c"},
		{`MERGE INTO a USING b ON true WHEN MATCHED THEN UPDATE SET x = (SELECT 1 FROM c)`, "!a b c"},
		{`LOCK a, b IN SHARE MODE`, "*a *b"},
		{`TABLE a`, "a"},
		// row locks
		{`SELECT * FROM a, b FOR UPDATE`, "*a *b"},
		{`SELECT * FROM a x, b FOR UPDATE OF x`, "*a b"},
		{`SELECT * FROM a, (SELECT * FROM b, (SELECT * FROM c) d) e FOR SHARE OF e`, "a *b *c"},
		{`SELECT * FROM a, (SELECT * FROM b FOR UPDATE) c`, "a *b"},
		{`SELECT * FROM a WHERE x IN (SELECT y FROM b) FOR UPDATE`, "*a b"},
		{`SELECT * FROM a FOR UPDATE OF a FOR SHARE OF b`, "*a"},
		// common table expressions
		{`WITH a AS (SELECT 1) SELECT * FROM a`, ""},
		{`WITH a AS (SELECT * FROM a) SELECT * FROM a`, "a"},
		{`WITH RECURSIVE a AS (SELECT * FROM a) SELECT * FROM a`, ""},
		{`WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a, b`, "b"},
		{`WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a`, ""},
		{`WITH a AS (SELECT 1) SELECT * FROM s.a`, "s.a"},
		{`WITH a AS (SELECT 1) INSERT INTO a SELECT * FROM a`, "!a"},
		{`WITH a AS (SELECT 1) DELETE FROM a USING a x`, "!a"},
		{`WITH a AS (SELECT 1) SELECT (SELECT 1 FROM a), ARRAY(SELECT 1 FROM a ORDER BY (SELECT 1 FROM a))`, ""},
		{`SELECT (WITH a AS (SELECT 1) SELECT 1 FROM a), (SELECT 1 FROM a)`, "a"},
		{`(WITH a AS (SELECT 1) SELECT * FROM a) UNION SELECT 1 FROM a`, "a"},
		{`WITH a AS (SELECT 1) (SELECT * FROM a) UNION SELECT 1 FROM a`, ""},
		{`INSERT INTO t WITH a AS (SELECT 1) SELECT * FROM a RETURNING (SELECT 1 FROM a)`, "!t a"},
		{`WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM a, b`, "b"},
		{`WITH a AS (SELECT 1) UPDATE t SET x = (SELECT 1 FROM a) FROM a RETURNING (SELECT 1 FROM a)`, "!t"},
		{`WITH "A" AS (SELECT 1) SELECT * FROM a`, "a"},
		{`WITH a AS (SELECT 1) SELECT * FROM b a JOIN LATERAL (SELECT * FROM a) c ON true`, "b"},
	} {
		facts, err := Parse(tc.sql, text.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tc.sql, err)
			continue
		}
		var got []string
		for _, r := range facts.Statements[0].Relations {
			got = append(got, map[Access]string{AccessWrite: "!", AccessLock: "*"}[r.Access]+r.String())
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s\ngot  %q\nwant %q", tc.sql, strings.Join(got, " "), tc.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	var enc *text.EncodingError
	var syn *SyntaxError
	if f, err := Parse("SELECT 1\x00; x", text.Limits{}); f != nil || !errors.As(err, &enc) || enc.Offset != 8 {
		t.Errorf("NUL byte: got (%v, %v)", f, err)
	}
	if f, err := Parse("SELECT 'éé' FROM FROM", text.Limits{}); f != nil || !errors.As(err, &syn) || syn.Offset != 19 {
		t.Errorf("syntax error: got (%v, %+v)", f, err)
	}
	if f, err := Parse("-- nothing\n;;", text.Limits{}); err != nil || len(f.Statements) != 0 {
		t.Errorf("empty text: got (%v, %v)", f, err)
	}
}

func TestOffsets(t *testing.T) {
	sql := "SELECT 'é'; /* c */ SELECT lower(x.y)::s.t FROM r COLLATE WHERE a OPERATOR(s.+) b"
	sql = strings.Replace(sql, " COLLATE", "", 1)
	facts, err := Parse(sql, text.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	st := facts.Statements[1]
	at := func(s string) int { return strings.Index(sql, s) }
	want := []int{at("lower"), at("x.y"), at("s.t"), at("r WHERE"), at("OPERATOR")}
	got := []int{st.Functions[0].Offset, st.Fields[0].Offset, st.Types[0].Offset, st.Relations[0].Offset,
		st.Objects[0].Offset}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
}
