package sqlfile

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// words follows the keywords that move the end of a statement: those of CREATE FUNCTION … BEGIN ATOMIC …; …; END, and
// of COPY … FROM STDIN, after which psql's scripts hold rows.
type words struct {
	first  [4]string // in upper case
	seen   int
	last   string // the last one outside brackets
	atomic int    // BEGIN ATOMIC, and the CASEs in it, that wait for their END
	rows   bool
}

func (w *words) add(sql string, t text.Token, field bool, brackets int) {
	if t.Kind != text.TokenWord || field || t.End-t.Start > len("PROCEDURE") {
		w.last = ""
		return
	}
	word := strings.ToUpper(sql[t.Start:t.End])
	if w.seen < len(w.first) {
		w.first[w.seen] = word
		w.seen++
	}
	switch {
	case word == "ATOMIC" && w.last == "BEGIN" && brackets == 0 && w.routine():
		w.atomic++
	case word == "CASE" && w.atomic > 0:
		w.atomic++
	case word == "END" && w.atomic > 0:
		w.atomic--
	case (word == "STDIN" || word == "STDOUT") && w.last == "FROM" && brackets == 0: // either means the client
		w.rows = true
	}
	w.last = word
}

// routine reports whether the statement makes a function or a procedure.
func (w *words) routine() bool {
	f := w.first[:]
	if f[0] == "CREATE" && f[1] == "OR" && f[2] == "REPLACE" {
		f = f[2:]
	} else if f[0] != "CREATE" {
		return false
	}
	return f[1] == "FUNCTION" || f[1] == "PROCEDURE"
}

// copiesIn reports whether the statement reads rows from what follows it.
func (w *words) copiesIn() bool { return w.first[0] == "COPY" && w.rows }
