package sqlfile

import (
	"regexp"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// argument stands for everything that a program passes along: to the guard it is what nobody knows before the statement
// runs. Nothing that it replaces is shorter.
const argument = "$1"

// arguments looks whether the newest token completes an argument that PostgreSQL does not know: @name (pgx, sqlc),
// :name (sqlx), :'name' (psql), sqlc.arg(name).
func (r *reader) arguments() {
	switch t := r.before(0); t.Kind {
	case text.TokenClose:
		r.macro()
	case text.TokenWord, text.TokenLiteral, text.TokenQuoted:
		if sign := r.before(1); sign.Kind == text.TokenOp && sign.End == t.Start {
			r.signed(sign, t)
		}
	case text.TokenDot, text.TokenOpen:
		r.takeBack(t)
	}
}

// signed takes a name with a sign in front.
func (r *reader) signed(sign, name text.Token) {
	at := sign.End - 1
	before := r.before(2)
	// $1 would become part of what it touches.
	touches := before.End == at && (isName(before.Kind) || before.Kind == text.TokenLiteral)
	switch word := r.text[name.Start:name.End]; {
	case name.Kind == text.TokenWord && strings.Contains(word, "$"):
	case r.text[at] == '@' && name.Kind == text.TokenWord && !r.psql && !touches:
		r.edits = append(r.edits, edit{at, name.End, argument, argument})
	case r.text[sign.Start:sign.End] == ":":
		subscript := len(r.brackets) > 0 && r.brackets[len(r.brackets)-1]
		r.colon(at, name, word, !touches && !subscript)
	}
}

// colon takes :name, :'name' and :"name". In a file of psql's the text of a variable comes there, whatever it is. Where
// the colon may be that of a slice it is left alone, unless psql would not leave it.
func (r *reader) colon(at int, name text.Token, word string, clear bool) {
	quoted := name.Kind == text.TokenLiteral && variableString.MatchString(word)
	switch {
	case clear && quoted:
		r.edits = append(r.edits, edit{at, name.End, argument, word})
	case clear && name.Kind == text.TokenWord && (!r.psql || r.vars.number(word)):
		r.edits = append(r.edits, edit{at, name.End, argument, argument})
	case name.Kind == text.TokenQuoted && (clear || r.psql):
		r.problem(Problem{at, ":" + word, "psql puts a name there that is not known before it runs", "write the name itself"})
	case r.psql && (quoted || name.Kind == text.TokenWord):
		r.problem(Problem{at, ":" + word, "psql puts the variable's text there, which is not known before it runs",
			"write :'" + strings.Trim(word, "'") +
				"', which psql quotes; or \\set it to a number in this file; in a subscript, " +
				"leave a space after the colon"})
	}
}

// variableString is a psql variable in quotes, without the colon.
var variableString = regexp.MustCompile(`^'[A-Za-z0-9_\x{80}-\x{10FFFF}]+'$`)

// takeBack leaves @name alone where more belongs to it: @f(x) and @t.column are the operator @ before an expression.
func (r *reader) takeBack(t text.Token) {
	name := r.before(1)
	if n := len(r.edits); n > 0 && r.edits[n-1].end == name.End && name.Kind == text.TokenWord &&
		r.text[r.edits[n-1].start] == '@' && r.text[t.Start] != '[' {
		r.edits = r.edits[:n-1]
	}
}

// macro takes sqlc.arg(name) and its like, in a statement that is sqlc's by its comment: anywhere else it calls a
// function.
func (r *reader) macro() {
	word := func(n int) string { return r.text[r.before(n).Start:r.before(n).End] }
	if !r.macros || r.before(6).Kind == text.TokenDot || !strings.EqualFold(word(5), "sqlc") ||
		r.before(4).Kind != text.TokenDot || word(2) != "(" || word(0) != ")" {
		return
	}
	start, end, inside := r.before(5).Start, r.before(0).End, r.before(1)
	if !isName(inside.Kind) && inside.Kind != text.TokenLiteral {
		return
	}
	switch strings.ToLower(word(3)) {
	case "arg", "narg", "slice":
		r.edits = append(r.edits, edit{start, end, argument, argument})
	case "embed":
		if isName(inside.Kind) {
			r.edits = append(r.edits, edit{start, end, word(1) + ".*", word(1) + ".*"})
		}
	}
}

func isName(k text.TokenKind) bool { return k == text.TokenWord || k == text.TokenQuoted }

// subscripts reports whether the bracket that the newest token opens encloses subscripts, where a colon makes a slice.
// Brackets inside ARRAY[…] enclose elements.
func (r *reader) subscripts() bool {
	t, before := r.before(0), r.before(1)
	if r.text[t.Start] != '[' {
		return false
	}
	if before.Kind == text.TokenWord && strings.EqualFold(r.text[before.Start:before.End], "array") {
		return false
	}
	nested := before.Kind == text.TokenComma || before.Kind == text.TokenOpen && r.text[before.Start] == '['
	return !nested || len(r.brackets) == 0 || r.brackets[len(r.brackets)-1]
}

// queryName is sqlc's comment in front of a query, as dotsql and others write it too, without the command.
var queryName = regexp.MustCompile(`(?m)^[ \t]*(?:--|/\*)[ \t]*name:[ \t]*(\S+)(?:[ \t]+(:[a-z]+))?`)

// nameIn returns the name that the comments in front of a statement give it, and whether they are sqlc's.
func nameIn(gap string) (name string, sqlc bool) {
	if !strings.Contains(gap, "name:") {
		return "", false
	}
	all := queryName.FindAllStringSubmatch(gap, -1)
	if len(all) == 0 {
		return "", false
	}
	m := all[len(all)-1]
	return m[1], m[2] != ""
}

// envsub turns on goose's substitution, which puts text of the environment anywhere.
var envsub = regexp.MustCompile(`(?im)^[ \t]*--[ \t]*\+goose[ \t]+envsub[ \t]+on\b`)

func (r *reader) substitution() {
	if !strings.Contains(r.text, "+goose") {
		return
	}
	for _, at := range envsub.FindAllStringIndex(r.text, -1) {
		r.found = append(r.found, Statement{Offset: at[0], Problem: &Problem{at[0], "+goose ENVSUB",
			"goose puts text of the environment into the statements, which is not known before they run", "write the values"}})
	}
}
