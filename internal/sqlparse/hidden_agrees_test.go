package sqlparse

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// data are the tokens of PostgreSQL's lexer that text.HiddenIn hides.
var data = map[pg.Token]bool{
	pg.Token_SCONST: true, pg.Token_USCONST: true, pg.Token_BCONST: true, pg.Token_XCONST: true, pg.Token_ICONST: true,
	pg.Token_FCONST: true, pg.Token_SQL_COMMENT: true, pg.Token_C_COMMENT: true,
}

// FuzzHiddenIn: whatever PostgreSQL's lexer takes for a constant or a comment is hidden.
func FuzzHiddenIn(f *testing.F) {
	for _, sql := range hostile.Borders {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if strings.ContainsAny(sql, "\x00\v") || text.CheckLimits(sql, text.Limits{}) != nil {
			return
		}
		scan, err := pg.Scan(sql)
		if err != nil {
			return
		}
		secret := make([]bool, len(sql))
		for h := range text.HiddenIn(sql, true) {
			for i := h.Start; i < h.End; i++ {
				secret[i] = true
			}
		}
		for _, tok := range scan.Tokens {
			for i := tok.Start; data[tok.Token] && i < tok.End; i++ {
				// The point of ".5" is no data, nor is what separates the lines of one constant.
				if !secret[i] && !strings.Contains(". \t\n\r\f", sql[i:i+1]) {
					t.Fatalf("%q: %q is not hidden", sql, sql[tok.Start:tok.End])
				}
			}
		}
	})
}
