package driver_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
)

// In simple protocol mode pgx puts arguments into the text, with a lexer that reads some texts differently from
// PostgreSQL's: the argument then ends a constant, and what follows in it is SQL. Such texts are refused in every mode,
// because the mode can be chosen with each call. With the guard off the server's wall stands alone, and stands.
func TestArgumentsStayArguments(t *testing.T) {
	w := newWorld(t)
	const argument = ", (SELECT name FROM tenant_globex.docbasket LIMIT 1), "
	texts := []string{
		"SELECT 1 AS x$$, '$$ $1 ' AS y",
		`SELECT name'\', '$1'`,
		"SELECT E'a'\n'\\' $1 '",
	}
	eachMode(t, func(t *testing.T, mode ...string) {
		for name, db := range map[string]queryer{"guarded": w.open(t, 1, mode...), "unguarded": w.unguarded(t, 1, mode...)} {
			for _, text := range texts {
				var got string
				err := db.QueryRowContext(as("acme"), text, argument).Scan(&got)
				if err == nil && got == "globex" {
					t.Errorf("%s: %q: saw another tenant's row", name, text)
				}
				if name == "guarded" && !errors.Is(err, guard.ErrDenied) {
					t.Errorf("%q: got %v, want %v", text, err, guard.ErrDenied)
				}
			}
		}
	})
}
