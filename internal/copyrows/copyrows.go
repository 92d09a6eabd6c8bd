// Package copyrows turns COPY … FROM stdin, with the rows that follow it in psql's scripts and in pg_dump's output,
// into INSERT statements. The entry point is [Inserts].
//
// Promise: the values that reach a table are those that COPY would have put there, and every line stays the line that
// it was. What COPY would refuse, and what is not in its text format without options, is a [Problem].
package copyrows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// Problem is a place that cannot be turned into a statement.
type Problem struct {
	Offset                 int // in the text, in bytes
	Object, Reason, Remedy string
}

// Shift is by how many columns what stands behind the name of the command is further right in an INSERT.
const Shift = len("INSERT INTO") - len("COPY")

// Inserts returns sql with an INSERT in the place of each COPY that has its rows below it, and where in the result they
// begin, in their order. COPY of other forms is left as it is. Where there are problems the result is no SQL.
func Inserts(sql string) (result string, starts []int, problems []Problem) {
	var b strings.Builder
	at := 0
	for _, c := range find(sql) {
		b.WriteString(sql[at:c.start])
		starts = append(starts, b.Len())
		problems = append(problems, c.insert(&b, sql)...)
		at = c.end
	}
	b.WriteString(sql[at:])
	return b.String(), starts, problems
}

// Blank returns sql without the rows below each COPY. Their lines are empty.
func Blank(sql string) string {
	var b strings.Builder
	at := 0
	for _, c := range find(sql) {
		b.WriteString(sql[at:c.rows])
		b.WriteString(strings.Repeat("\n", strings.Count(sql[c.rows:c.end], "\n")))
		at = c.end
	}
	b.WriteString(sql[at:])
	return b.String()
}

// statement is a COPY … FROM stdin with rows. All of it are offsets in the text.
type statement struct {
	tokens           []text.Token // from COPY to the semicolon
	from             int          // which of them is FROM
	start, rows, end int          // of the statement, of its first row, and of the line behind the one that ends the rows
}

// find returns the statements in their order.
func find(sql string) (found []statement) {
	scan := text.NewScanner(sql)
	var tokens []text.Token // of the statement under way, if it is a COPY
	begins := true
	last := lastEnd(sql)
	for t := scan.Next(); t.Kind != text.TokenEOF; t = scan.Next() {
		if len(tokens) > 0 || begins && isWord(sql, t, "copy") {
			tokens = append(tokens, t)
		}
		if begins = t.Kind == text.TokenSemi; !begins || len(tokens) == 0 {
			continue
		}
		if t.End >= last {
			break // whatever comes has no end
		}
		if c, ok := newStatement(sql, tokens); ok {
			found = append(found, c)
			scan.Seek(c.end)
		}
		tokens = nil
	}
	return found
}

// lastEnd returns where the last line begins that ends rows, or -1.
func lastEnd(sql string) int {
	for end := len(sql); end > 0; {
		begin := strings.LastIndexByte(sql[:end], '\n')
		if line := sql[begin+1 : end]; line == `\.` || line == "\\.\r" {
			return begin + 1
		}
		end = begin
	}
	return -1
}

// newStatement is false for what is no COPY … FROM stdin, or has no rows with an end.
func newStatement(sql string, tokens []text.Token) (statement, bool) {
	isFrom := func(t text.Token) bool { return isWord(sql, t, "from") }
	c := statement{tokens: tokens, from: slices.IndexFunc(tokens, isFrom)}
	if c.from < 0 || !isWord(sql, tokens[c.from+1], "stdin") && !isWord(sql, tokens[c.from+1], "stdout") {
		return c, false
	}
	c.start = tokens[0].Start
	line, _, ok := strings.Cut(sql[tokens[len(tokens)-1].End:], "\n")
	c.rows = tokens[len(tokens)-1].End + len(line) + 1
	for at := c.rows; ok; {
		row, _, more := strings.Cut(sql[at:], "\n")
		if strings.TrimSuffix(row, "\r") == `\.` {
			c.end = at + len(row)
			return c, true
		}
		at, ok = at+len(row)+1, more
	}
	return c, false
}

func isWord(sql string, t text.Token, word string) bool {
	return t.Kind == text.TokenWord && strings.EqualFold(sql[t.Start:t.End], word)
}

// insert writes the statement as an INSERT. Without rows it is a DELETE of nothing: the table is still asked for.
func (c statement) insert(b *strings.Builder, sql string) (problems []Problem) {
	columns, problem := c.header(sql)
	if problem != nil {
		return []Problem{*problem}
	}
	semicolon := c.tokens[len(c.tokens)-1].End
	target := sql[c.tokens[0].End:c.tokens[c.from].Start]
	behind := strings.Repeat("\n", strings.Count(sql[c.tokens[c.from].Start:semicolon], "\n")) + sql[semicolon:c.rows]
	rows := sql[c.rows:c.end]
	if strings.Count(rows, "\n") == 0 {
		b.WriteString("DELETE FROM" + c.table(target) + " WHERE false;" + behind)
		return nil
	}
	b.WriteString("INSERT INTO" + target + " OVERRIDING SYSTEM VALUE VALUES" + behind)
	r := rowReader{columns: columns, crlf: strings.HasSuffix(rows[:strings.IndexByte(rows, '\n')], "\r")}
	at := c.rows
	for line := range strings.Lines(rows) {
		if at+len(line) == c.end { // the line that ends the rows
			b.WriteString(";")
			break
		}
		if reason, remedy := r.row(b, strings.TrimSuffix(line, "\n")); reason != "" {
			return []Problem{{at, "", reason, remedy}}
		}
		if at += len(line); sql[at:c.end] != `\.` && sql[at:c.end] != "\\.\r" {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	return nil
}

// table returns the name of the table in target, with the lines of a list of columns as empty ones.
func (c statement) table(target string) string {
	list := slices.IndexFunc(c.tokens[:c.from], func(t text.Token) bool { return t.Kind == text.TokenOpen })
	if list < 0 {
		return target
	}
	open := c.tokens[list].Start - c.tokens[0].End
	return target[:open] + strings.Repeat("\n", strings.Count(target[open:], "\n"))
}

// header returns how many columns the statement lists, or 0 without a list, and refuses what is more than
// COPY table [(column, …)] FROM stdin [[WITH] (FORMAT text)].
func (c statement) header(sql string) (columns int, p *Problem) {
	inside := false
	for _, t := range c.tokens[1:c.from] {
		switch {
		case t.Kind == text.TokenOpen:
			inside = true
		case inside && (t.Kind == text.TokenWord || t.Kind == text.TokenQuoted):
			columns++
		}
	}
	semicolon := c.tokens[len(c.tokens)-1]
	options := c.tokens[c.from+2 : len(c.tokens)-1]
	var words []string
	for _, t := range options {
		words = append(words, strings.ToLower(strings.Trim(sql[t.Start:t.End], "'")))
	}
	if said := strings.TrimPrefix(strings.Join(words, " "), "with "); len(options) > 0 && said != "( format text )" {
		return 0, &Problem{options[0].Start, said, "rows are read in COPY's text format without options only",
			"write the rows as pg_dump does, or write INSERT … VALUES"}
	}
	rest := strings.TrimSpace(sql[semicolon.End:c.rows])
	if rest != "" && !strings.HasPrefix(rest, "--") {
		return 0, &Problem{semicolon.End, "", "something stands between COPY and its rows, which begin in the next line",
			"put it into a line in front of COPY"}
	}
	return columns, nil
}

// fields is the number of fields as people read it.
func fields(n int) string {
	if n == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", n)
}
