package text

import "testing"

func TestShape(t *testing.T) {
	same := [][]string{
		{"SELECT 1", "SELECT 2", "SELECT 4711"},
		{"SELECT 'a'", "SELECT 'bcd'", "SELECT ''", "SELECT 'ü--'", "SELECT '/\"\n'"},
		{"SELECT * FROM t WHERE a = 1 AND b = 'x'", "SELECT * FROM t WHERE a = 22 AND b = 'yy'"},
	}
	for _, group := range same {
		want, ok := Shape(group[0])
		if !ok {
			t.Errorf("%q has no shape", group[0])
		}
		for _, sql := range group {
			if got, ok := Shape(sql); !ok || got != want {
				t.Errorf("%q: shape %q, want %q", sql, got, want)
			}
		}
	}
	different := []string{
		"SELECT 1", "SELECT 1.5", "SELECT 'a'", "SELECT $1", "SELECT a", "SELECT \"1\"", "SELECT  1", "SELECT E'a'",
		"SELECT 'a''b'",
		"SELECT 'a\\'", "SELECT 'a' 'b'", "SELECT 1--2", "SELECT 1/*'a'*/",
		"SELECT N'a'", "SELECT B'1'", "SELECT X'1'", "SELECT 0x1", "SELECT 1_0", "SELECT 1e5", "SELECT .5",
		"SELECT $$a$$", "SELECT 1a", "SELECT '$1'",
	}
	seen := map[string]string{}
	for _, sql := range different {
		key, ok := Shape(sql)
		if !ok {
			key = sql
		}
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q share the shape %q", sql, other, key)
		}
		seen[key] = sql
	}
	for _, sql := range []string{
		"", "SELECT a", "SELECT '\x00'", "SELECT '\xff'", "SELECT \x01, 1", "SELECT 'a', /* \x02 */ 'b'",
		"SELECT 'open",
	} {
		if shape, ok := Shape(sql); ok {
			t.Errorf("%q has the shape %q", sql, shape)
		}
	}
}

// A cache that goes by shapes must not let a text in because another one of its shape was accepted.
func TestPlaceholdersShowInShapes(t *testing.T) {
	good, _ := Shape(`SELECT 1 AS x$$, 'abc'`)
	bad, ok := Shape(`SELECT 2 AS x$$, '$$ $1 '`)
	if ok && good == bad {
		t.Errorf("both have the shape %q", good)
	}
}
