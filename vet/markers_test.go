package vet

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"
)

// someSQL draws texts of what matters to placeholders.
var someSQL = rapid.StringOfN(rapid.SampledFrom([]rune(`ab_1.:?=@'$ é世`)), 0, 14, -1)

// TestReplaceIsSqlx: the guard judges the text that sqlx sends.
func TestReplaceIsSqlx(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sql := someSQL.Draw(t, "sql")
		check := func(what string, m markers, want string, wantErr error) {
			st, err := replace(sql, m)
			if (err != nil) != (wantErr != nil) || err == nil && st.text != want {
				t.Fatalf("%s(%q): got %q, %v, want %q, %v", what, sql, st.text, err, want, wantErr)
			}
		}
		check("Rebind", questions, sqlx.Rebind(sqlx.DOLLAR, sql), nil)
		names := namesIn(sql)
		want, _, err := sqlx.BindNamed(sqlx.DOLLAR, sql, names)
		check("BindNamed", named, want, err)
		if err == nil {
			want, _, err = sqlx.Named(sql, names)
			check("Named", named|questions, sqlx.Rebind(sqlx.DOLLAR, want), err)
		}
	})
}

// namesIn gives each part of a text a value, so that no name is missing.
func namesIn(sql string) map[string]any {
	names := map[string]any{}
	for i := range len(sql) + 1 {
		for j := i; j <= len(sql); j++ {
			names[sql[i:j]] = 1
		}
	}
	return names
}

// TestReplaceKeepsPlaces: what was not replaced is where it was, and placeholders are where theirs began.
func TestReplaceKeepsPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sql := someSQL.Draw(t, "sql")
		for _, m := range []markers{0, questions, named, named | questions} {
			st, err := replace(sql, m)
			if err == nil {
				checkPlaces(t, sql, st, ":?")
			}
		}
		st, err := replaceNamed(sql)
		if want, _, wantErr := (pgx.NamedArgs{}).RewriteQuery(t.Context(), nil, sql, nil); err != nil || wantErr != nil ||
			st.text != want {
			t.Fatalf("NamedArgs(%q): got %q, %v, want %q, %v", sql, st.text, err, want, wantErr)
		}
		checkPlaces(t, sql, st, "@")
	})
}

func checkPlaces(t *rapid.T, sql string, st statement, markers string) {
	last := 0
	for i := range len(st.text) {
		at := st.original(i)
		if at < last {
			t.Fatalf("%q: byte %d of %q goes back from %d to %d", sql, i, st.text, last, at)
		}
		last = at
		if at >= len(sql) || st.text[i] != sql[at] && !isMarker(sql[at], markers) {
			t.Fatalf("%q: byte %d of %q is at %d", sql, i, st.text, at)
		}
	}
	if st.original(len(st.text)) != len(sql) {
		t.Fatalf("%q: the end of %q is at %d", sql, st.text, st.original(len(st.text)))
	}
}

func isMarker(b byte, markers string) bool { return strings.IndexByte(markers, b) >= 0 }
