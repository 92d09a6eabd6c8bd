// Package sqlfile reads files of SQL as people keep them: scripts of many statements, sqlc's and sqlx's queries,
// migrations and psql's scripts. [Read] takes a file apart, [Checker.Check] holds its statements against a guard.
//
// Promise: every byte of a file is part of a statement, or white space, a comment, a semicolon, a psql command that
// reaches no table, or the rows after a COPY. What can be none of these, or whose text is not known before it runs, is
// a [Problem]. Statements end where PostgreSQL, and psql, let them end; should the two ever be told apart, the guard's
// parser finds two statements in one, and that is a problem, too.
//
// Not promised: what a file's program makes of it. Tools that cut files by other rules than PostgreSQL's may run
// something else.
package sqlfile

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// Statement is a stretch of a file that runs by itself.
type Statement struct {
	Offset int    // in the file, in bytes
	Text   string // the file's, with arguments as $1 and blanks: as long as they are in the file
	Name   string // of sqlc's, from the comment in front: -- name: GetAuthor :one

	// Constants is Text with psql's :'name' as string constants; empty when it has none. What they hold is not known. Some
	// statements, none of which a tenant may run, take constants only: CREATE ROLE … PASSWORD :'password'.
	Constants string

	// Problem says why the statement cannot be checked. For a command of psql's Text is empty.
	Problem *Problem
}

// Problem is a place that cannot be checked.
type Problem struct {
	Offset               int
	Object, Reason, Hint string
}

// byteOrderMark begins files of some editors. PostgreSQL would take it for a name; psql skips it.
const byteOrderMark = "\uFEFF"

// Read takes a file apart. The text must be UTF-8 without NUL bytes. Linear in its length, but for psql's scripts,
// which it reads twice.
func Read(sql string) []Statement {
	r := newReader(sql, false)
	if !r.read() {
		r = newReader(sql, true)
		r.read()
	}
	return r.found
}

// reader is one pass over a file.
type reader struct {
	text  string
	scan  *text.Scanner
	psql  bool // the file is one of psql's
	found []Statement
	vars  variables
	bare  bool // no more rows of a COPY follow
	line  int  // where a line ends that lineEnd was asked about

	end int // of the last statement, or of what came after it

	// What follows is about the statement under way.
	open     bool
	st       Statement
	macros   bool // it is one of sqlc's
	edits    []edit
	last     [7]text.Token // the newest at the end
	brackets []bool        // those open: whether it encloses subscripts
	words    words
}

// edit puts text in the place of the bytes [start, end), filled up with blanks; constant is that of
// Statement.Constants.
type edit struct {
	start, end     int
	text, constant string
}

func newReader(sql string, psql bool) *reader {
	r := &reader{text: sql, psql: psql, scan: text.NewScanner(sql)}
	if strings.HasPrefix(sql, byteOrderMark) {
		r.end = len(byteOrderMark)
		r.scan.Seek(r.end)
	}
	return r
}

// read is false when the file turns out to be psql's and is not read as such.
func (r *reader) read() bool {
	r.substitution()
	for {
		t := r.scan.Next()
		switch {
		case t.Kind == text.TokenEOF:
			r.finish()
			return true
		case t.Kind == text.TokenOther && r.text[t.Start] == '\\':
			if !r.psql {
				return false
			}
			r.command(t.Start)
		case t.Kind == text.TokenSemi && len(r.brackets) == 0 && r.words.atomic == 0:
			rows := r.words.copiesIn()
			r.close(t.Start, t.End)
			if !rows {
				continue
			}
			if end, ok := r.rowsBehind(t.End); ok {
				if !r.psql {
					return false
				}
				r.skip(end)
			}
		default:
			r.add(t)
		}
	}
}

// skip goes on at an offset.
func (r *reader) skip(end int) {
	r.end = end
	r.scan.Seek(end)
}

// add takes a token of a statement.
func (r *reader) add(t text.Token) {
	if !r.open {
		r.begin(t.Start)
	}
	copy(r.last[:], r.last[1:])
	r.last[len(r.last)-1] = t
	r.words.add(r.text, t, r.before(1).Kind == text.TokenDot, len(r.brackets))
	switch t.Kind {
	case text.TokenOpen:
		r.brackets = append(r.brackets, r.subscripts())
	case text.TokenClose:
		r.brackets = r.brackets[:max(0, len(r.brackets)-1)]
	}
	r.arguments()
}

// before returns the token n places before the newest; its Kind is TokenEOF where there is none in the statement.
func (r *reader) before(n int) text.Token { return r.last[len(r.last)-1-n] }

// begin starts a statement at its first token, or at a comment in front of it that holds hints, which are part of what
// runs.
func (r *reader) begin(start int) {
	gap := r.text[r.end:start]
	if i := strings.Index(gap, "/*+"); i >= 0 {
		start = r.end + i
	}
	r.open, r.st = true, Statement{Offset: start}
	r.st.Name, r.macros = nameIn(gap)
}

// close ends the statement under way, if there is one, at an offset; what follows begins at next. A comment with hints
// counts as one.
func (r *reader) close(end, next int) {
	if !r.open && strings.Contains(r.text[r.end:end], "/*+") {
		r.begin(end)
	}
	if r.open {
		r.st.Text, r.st.Constants = r.texts(end)
		r.lexing()
		r.found = append(r.found, r.st)
	}
	r.end, r.open, r.macros, r.edits = next, false, false, r.edits[:0]
	r.last, r.brackets, r.words = [7]text.Token{}, r.brackets[:0], words{}
}

// texts returns the statement for the guard, twice if it holds constants whose value is not known.
func (r *reader) texts(end int) (sql, constants string) {
	sql = r.edited(end, func(e edit) string { return e.text })
	if slices.ContainsFunc(r.edits, func(e edit) bool { return e.text != e.constant }) {
		constants = r.edited(end, func(e edit) string { return e.constant })
	}
	return sql, constants
}

func (r *reader) edited(end int, replacement func(edit) string) string {
	if len(r.edits) == 0 {
		return r.text[r.st.Offset:end]
	}
	var b strings.Builder
	at := r.st.Offset
	for _, e := range r.edits {
		b.WriteString(r.text[at:e.start])
		s := replacement(e)
		b.WriteString(s)
		b.WriteString(strings.Repeat(" ", e.end-e.start-len(s)))
		at = e.end
	}
	b.WriteString(r.text[at:end])
	return b.String()
}

// finish ends the file. A comment that nobody closed may hide statements.
func (r *reader) finish() {
	if !r.open {
		rest := r.text[r.end:]
		switch {
		case r.scan.Fault() != nil:
			r.problem(
				Problem{Offset: r.end, Reason: "operators or comments without a space between them are too many to read on",
					Hint: "put spaces between them"})
		case text.NewScanner(rest+"\n;").Next().Kind == text.TokenEOF:
			r.problem(Problem{Offset: r.end + strings.Index(rest, "/*"), Reason: "a comment does not end",
				Hint: "close it with */"})
		}
	}
	r.close(len(r.text), len(r.text))
}

// problem notes what cannot be checked: of the statement under way, or by itself.
func (r *reader) problem(p Problem) {
	switch {
	case !r.open:
		r.found = append(r.found, Statement{Offset: p.Offset, Problem: &p})
	case r.st.Problem == nil:
		r.st.Problem = &p
	}
}
