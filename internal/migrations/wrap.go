package migrations

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// Unwrap puts spaces in the place of a BEGIN and a COMMIT around a whole file, of any spelling without options: the
// file's own transaction is the one in which a tenant is made. A file of nothing else is left as it is.
func Unwrap(sql string) string {
	first, last := edges(sql)
	if !slices.Contains(beginnings, words(sql, first)) || !slices.Contains(endings, words(sql, last)) ||
		len(first) == 0 || len(last) == 0 || first[len(first)-1].End > last[0].Start {
		return sql
	}
	if between := sql[first[len(first)-1].End:last[0].Start]; text.NewScanner(between).Next().Kind == text.TokenEOF {
		return sql
	}
	b := []byte(sql)
	for _, t := range slices.Concat(first, last) {
		for i := t.Start; i < t.End; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

var (
	beginnings = []string{"BEGIN ;", "BEGIN WORK ;", "BEGIN TRANSACTION ;", "START TRANSACTION ;"}
	endings    = []string{"COMMIT ;", "COMMIT WORK ;", "COMMIT TRANSACTION ;", "END ;", "END WORK ;", "END TRANSACTION ;"}
)

// edges returns the tokens of the first statement and of the last, each with its semicolon; the last may lack one.
func edges(sql string) (first, last []text.Token) {
	scan := text.NewScanner(sql)
	open := true // the first statement
	ended := false
	for t := scan.Next(); t.Kind != text.TokenEOF; t = scan.Next() {
		if open && len(first) < 4 {
			first = append(first, t)
		}
		if ended {
			last = last[:0]
		}
		if ended = t.Kind == text.TokenSemi; ended {
			open = false
		}
		last = append(last, t)
	}
	return first, last
}

// words spells tokens in upper case, with the semicolon that may be missing behind the last statement.
func words(sql string, tokens []text.Token) string {
	if len(tokens) > 4 {
		return ""
	}
	var all []string
	for _, t := range tokens {
		all = append(all, strings.ToUpper(sql[t.Start:t.End]))
	}
	if n := len(all); n > 0 && all[n-1] != ";" {
		all = append(all, ";")
	}
	return strings.Join(all, " ")
}
