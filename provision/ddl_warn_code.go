package provision

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// code warns of what plpgsql code runs with EXECUTE, and of the settings that it reads.
func (w warner) code(b *sqlparse.Body) {
	tokens, _ := text.Tokens(b.Code)
	c := plpgsql{b.Code, tokens}
	variable := false // is executed, or another expression that is no string
	for i := range c.tokens {
		switch at := c.operand(i + 1); {
		case c.word(i) == "current_setting" && c.opens(i+1) && c.literal(at):
			w.setting(c.value(at), b.Offset(c.tokens[i].Start))
		case c.word(i) == "execute" && c.literal(at):
			w.executed(b, c, at, func(string) bool { return true })
		case c.word(i) == "execute":
			variable = variable || c.kind(at) == text.TokenWord || c.kind(at) == text.TokenQuoted
		}
	}
	for at := range c.tokens {
		if variable && c.literal(at) && c.built(at) {
			w.executed(b, c, at, namesAnObject)
		}
	}
}

// executed warns of the statements in a string of the code that satisfy a condition.
func (w warner) executed(b *sqlparse.Body, c plpgsql, at int, condition func(statement string) bool) {
	sql, start := c.value(at), true
	rest := head(c.rest(at))
	s := text.NewScanner(sql)
	for t := s.Next(); t.Kind != text.TokenEOF; t = s.Next() {
		if begin := head(sql[t.Start:]); start && t.Kind == text.TokenWord && condition(begin) {
			w.statement(strings.ToLower(sql[t.Start:t.End]), begin+rest, b.Offset(c.tokens[at].Start), "EXECUTE of ")
		}
		start = t.Kind == text.TokenSemi
	}
}

// head returns as much of a text as is looked at to tell what a statement is: code can be long.
func head(s string) string { return s[:min(len(s), 1000)] }

// isStatement tells a statement of plpgsql from a column in an expression, such as THEN comment ELSE.
func isStatement(code string) bool {
	words := append(strings.Fields(strings.ToLower(code)), "", "")
	switch words[0] {
	case "comment":
		return words[1] == "on"
	case "refresh":
		return words[1] == "materialized"
	}
	return words[1] != "else" && words[1] != "when" && words[1] != "end"
}

// objectWords stand behind CREATE, ALTER, DROP and REFRESH.
var objectWords = text.WordSet(`table index unique view materialized temp temporary unlogged or schema sequence function
	procedure trigger type domain policy role user database extension foreign partition concurrently`)

// namesAnObject tells SQL from a message that begins alike, such as "create failed".
func namesAnObject(statement string) bool {
	words := strings.Fields(strings.ToLower(statement))
	return len(words) > 1 && (words[0] == "truncate" || objectWords[words[1]])
}

// plpgsql is code as tokens. Places in it are indexes of tokens; those outside are no token of any kind.
type plpgsql struct {
	code   string
	tokens []text.Token
}

func (c plpgsql) kind(i int) text.TokenKind {
	if i < 0 || i >= len(c.tokens) {
		return text.TokenEOF
	}
	return c.tokens[i].Kind
}

// text returns a token as it is written, "" for none.
func (c plpgsql) text(i int) string {
	if c.kind(i) == text.TokenEOF {
		return ""
	}
	return c.code[c.tokens[i].Start:c.tokens[i].End]
}

// word returns an unquoted word in lower case, "" for another token.
func (c plpgsql) word(i int) string {
	if c.kind(i) != text.TokenWord {
		return ""
	}
	return strings.ToLower(c.text(i))
}

// rest returns what stands behind a token in its statement.
func (c plpgsql) rest(i int) string {
	end := i
	for c.kind(end) != text.TokenSemi && c.kind(end) != text.TokenEOF {
		end++
	}
	return c.code[c.tokens[i].End:c.tokens[end-1].End]
}

func (c plpgsql) opens(i int) bool   { return c.kind(i) == text.TokenOpen && c.text(i) == "(" }
func (c plpgsql) literal(i int) bool { return c.kind(i) == text.TokenLiteral }

// builders are functions whose result begins as their first argument does.
var builders = text.WordSet("format concat replace lower upper trim btrim ltrim")

// operand returns where the string that an expression begins with stands, inside brackets and builders. It returns
// another token where the expression does not begin with a string.
func (c plpgsql) operand(i int) int {
	for {
		switch {
		case c.opens(i):
			i++
		case builders[c.word(i)] && c.opens(i+1):
			i += 2
		default:
			return i
		}
	}
}

// builtBehind are words behind which a string stands that may be executed.
var builtBehind = text.WordSet("select default then else")

// built reports whether an expression begins with the string at i that code may keep and execute later: what is
// assigned, selected, appended to a variable, or handed to format.
func (c plpgsql) built(i int) bool {
	for c.opens(i-1) || builders[c.word(i-1)] {
		i--
	}
	switch c.text(i - 1) {
	case ":=":
		return true
	case "=":
		return c.kind(i-2) == text.TokenWord && c.begins(i-2)
	case "||":
		return c.kind(i-2) == text.TokenWord
	}
	return builtBehind[c.word(i-1)]
}

// begins reports whether a statement of plpgsql begins with the token.
func (c plpgsql) begins(i int) bool {
	switch c.word(i - 1) {
	case "begin", "then", "else", "loop":
		return true
	}
	return c.kind(i-1) == text.TokenSemi
}

// value returns what a string constant holds, near enough to find the words in it.
func (c plpgsql) value(i int) string {
	s := c.text(i)
	if tag, rest, ok := strings.Cut(strings.TrimPrefix(s, "$"), "$"); ok && strings.HasPrefix(s, "$") {
		return strings.TrimSuffix(rest, "$"+tag+"$")
	}
	prefix, rest, ok := strings.Cut(s, "'")
	if !ok {
		return "" // a number
	}
	rest = strings.ReplaceAll(strings.TrimSuffix(rest, "'"), "''", "'")
	if strings.EqualFold(prefix, "e") {
		rest = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\'`, "'").Replace(rest)
	}
	return rest
}
