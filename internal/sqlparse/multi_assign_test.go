package sqlparse

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
)

// nest puts a multi-column assignment of n columns around itself, depth times; form holds the source's place as %.
func nest(depth, n int, form string) string {
	columns := strings.TrimSuffix(strings.Repeat("a,", n), ",")
	s := "SELECT 1"
	for range depth {
		s = "UPDATE t SET (" + columns + ") = " + strings.ReplaceAll(form, "%", "(WITH x AS ("+s+") SELECT 1)")
	}
	return s
}

func TestMultiAssignBounded(t *testing.T) {
	for _, form := range []string{"%", "ROW %", "f(%)", "1 + %", "ARRAY[1, %]", "x IS DISTINCT FROM %", "/* c */ %",
		"CASE WHEN true THEN % END", "((1), %)"} {
		var lim *text.LimitError
		if _, err := Parse(nest(9, 10, form), text.Limits{}); !errors.As(err, &lim) {
			t.Errorf("source %q: got %v, want a text.LimitError", form, err)
		}
	}
}

func TestMultiAssignAllowed(t *testing.T) {
	list := strings.TrimSuffix(strings.Repeat("1,", 40_000), ",")
	pairs := strings.TrimSuffix(strings.Repeat("(a, b) = (1, 2) OR ", 2000), " OR ")
	for name, sql := range map[string]string{
		"two columns":         nest(1, 2, "%"),
		"long list after it":  "UPDATE t SET (a, b) = (SELECT 1, 2) WHERE id IN (" + list + ")",
		"long list in FROM":   "UPDATE t SET (a, b) = (SELECT 1, 2) FROM (VALUES (" + list + ")) v",
		"comparisons of rows": "UPDATE t SET x = 1 WHERE " + pairs,
		"list before it":      "UPDATE t SET x = ARRAY[" + list + "], (a, b) = (1, 2)",
		"hundred columns": "UPDATE t SET (" + strings.Repeat("a, ", 99) + "a) = (SELECT " + strings.Repeat("1, ", 99) +
			"1)",
		"the word in a literal": "SELECT 'update'",
	} {
		if _, err := Parse(sql, text.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
