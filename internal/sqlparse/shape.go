package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// ShapeHolds reports whether PostgreSQL's own lexer takes exactly those bytes for string and number constants that
// [text.Shape] replaces, and whether none of them can be part of a name: the constant behind UESCAPE decides how names
// are read.
func ShapeHolds(sql string) bool {
	scan, err := pg.Scan(sql)
	if err != nil {
		return false
	}
	tokens := scan.Tokens
	for _, t := range tokens {
		if t.Token == pg.Token_UESCAPE {
			return false
		}
	}
	for t := range text.Constants(sql) {
		for len(tokens) > 0 && int(tokens[0].Start) < t.Start {
			tokens = tokens[1:]
		}
		if len(tokens) == 0 || int(tokens[0].Start) != t.Start || int(tokens[0].End) != t.End {
			return false
		}
		want := pg.Token_ICONST
		if sql[t.Start] == '\'' {
			want = pg.Token_SCONST
		}
		if tokens[0].Token != want {
			return false
		}
	}
	return true
}
