package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

// parseTree is pg_query's parse with comments where PostgreSQL takes them. pg_query keeps comments as tokens; behind a
// word that is read together with its successor (NOT IN, NULLS FIRST, WITH TIME, U&'…' UESCAPE) a comment is a syntax
// error to it, and white space to PostgreSQL. Such a text is parsed once more with its comments blanked; offsets stay
// the same.
func parseTree(sql string) (*pg.ParseResult, error) {
	tree, err := pg.Parse(sql)
	if err == nil {
		return tree, nil
	}
	blanked, ok := blankComments(sql)
	if !ok {
		return nil, err
	}
	if tree, errBlanked := pg.Parse(blanked); errBlanked == nil {
		return tree, nil
	}
	return nil, err
}

// blankComments replaces each comment by as many spaces. The parser's own lexer says where they are, and has to find
// the same tokens in the result: two constants with a comment between them, for one, would become a single constant.
func blankComments(sql string) (string, bool) {
	before, err := pg.Scan(sql)
	if err != nil {
		return "", false
	}
	blanked := []byte(sql)
	tokens := before.Tokens[:0]
	for _, t := range before.Tokens {
		if t.Token != pg.Token_SQL_COMMENT && t.Token != pg.Token_C_COMMENT {
			tokens = append(tokens, t)
			continue
		}
		for i := t.Start; i < t.End; i++ {
			blanked[i] = ' '
		}
	}
	if len(tokens) == len(before.Tokens) {
		return "", false
	}
	after, err := pg.Scan(string(blanked))
	if err != nil || !sameTokens(tokens, after.Tokens) {
		return "", false
	}
	return string(blanked), true
}

func sameTokens(a, b []*pg.ScanToken) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Token != b[i].Token || a[i].Start != b[i].Start || a[i].End != b[i].End {
			return false
		}
	}
	return true
}
