package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// ShapeHolds reports whether a text, as [text.WithoutComments] returns it, speaks for those that differ from it in
// comments and plain constants. PostgreSQL's own lexer must be between two tokens where comments may have been, and
// take exactly those bytes for string and number constants that [text.Shape] replaces. None of these may be part of a
// name: the constant behind UESCAPE decides how names are read.
func ShapeHolds(sql string) bool {
	scan, err := pg.Scan(sql)
	if err != nil || !spacesHold(sql, scan.Tokens) {
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

// spacesHold reports whether PostgreSQL's lexer is between two tokens at each single space at which ours is: the ones
// that [text.WithoutComments] leaves in the place of comments. Then a comment there begins in the same state in both.
func spacesHold(sql string, tokens []*pg.ScanToken) bool {
	end := 0
	s := text.NewScanner(sql)
	for t := s.Next(); t.Kind != text.TokenEOF; t = s.Next() {
		for len(tokens) > 0 && int(tokens[0].End) <= end {
			tokens = tokens[1:]
		}
		if sql[end:t.Start] == " " && len(tokens) > 0 && int(tokens[0].Start) <= end {
			return false
		}
		end = t.End
	}
	return s.Fault() == nil
}
