// Package sqlgen writes random honest statements of tenant_acme, a tenant of testdata/guard/setup.sql: what the guard
// must allow and what the server can run. The entry point is [Draw]. It notes the places of a statement where a name or
// an expression can be replaced, so that a test can put a foreign one there.
//
// Not promised: that each statement succeeds. A few overflow, or mix collations.
package sqlgen

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// MaxChain is a guard.Limits.MaxChain that leaves room for every statement, and for a query around it. The default has
// room for all but one in 60,000.
const MaxChain = 1000

// Kind says what stands in a place, and so what may replace it.
type Kind uint8

const (
	Expr      Kind = iota // an expression that needs no brackets around it
	Item                  // an item of FROM with its alias
	Target                // what INSERT, UPDATE, DELETE or MERGE changes
	Type                  // a type's name
	Function              // a function's name, before its brackets
	Sampler               // a sampling method's name
	Operator              // a binary operator
	Collation             // a collation's name
	Class                 // an operator class's name
	Sequence              // a string constant that names a sequence or table
	Config                // a string constant that names a text search configuration
	Kinds                 // how many there are
)

// Place is a part of a statement, from Start to before End.
type Place struct {
	Kind       Kind
	Start, End int
}

// Statement is a statement and its places, outer ones behind those that they hold.
type Statement struct {
	SQL    string
	Query  bool // it can stand in brackets: a SELECT, not a change
	Places []Place
}

// With returns the statement with another text in a place.
func (s *Statement) With(p Place, text string) string { return s.SQL[:p.Start] + text + s.SQL[p.End:] }

// Draw writes a statement.
func Draw(t *rapid.T) *Statement {
	g := &gen{t: t, fuel: rapid.IntRange(2, 30).Draw(t, "fuel")}
	query := g.statement()
	return &Statement{SQL: g.out.String(), Query: query, Places: g.places}
}

// gen is one statement being written, from left to right.
type gen struct {
	t      *rapid.T
	out    strings.Builder
	places []Place
	fuel   int      // each expression and query takes one; without fuel they get short
	names  int      // aliases given so far
	scope  []column // what expressions may name here
	ctes   []string // what FROM may name here; each has the columns n and s
}

type column struct {
	name string
	kind byte // 'I' a number, 'T' a text
}

// below draws a number from 0 to below n.
func (g *gen) below(n int) int { return rapid.IntRange(0, n-1).Draw(g.t, "n") }

func (g *gen) chance(percent int) bool { return g.below(100) < percent }

func (g *gen) pick(options []string) string { return rapid.SampledFrom(options).Draw(g.t, "pick") }

func (g *gen) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

func (g *gen) place(k Kind, write func()) {
	start := g.out.Len()
	write()
	g.places = append(g.places, Place{Kind: k, Start: start, End: g.out.Len()})
}

// words are the holes of a template that hold a name: {fn lower}.
var words = map[string]Kind{
	"target": Target, "type": Type, "fn": Function, "sampler": Sampler, "op": Operator, "coll": Collation, "class": Class,
	"seq": Sequence, "cfg": Config,
}

// put writes a template, in which {I}, {T} and {B} are expressions with a number, a text and a truth value, {0} is a
// number that names no column, {Q} is a query with the columns n and s, and {word name} is a name in a place.
func (g *gen) put(template string) {
	for {
		before, rest, found := strings.Cut(template, "{")
		g.out.WriteString(before)
		if !found {
			return
		}
		hole, after, _ := strings.Cut(rest, "}")
		g.hole(hole)
		template = after
	}
}

func (g *gen) hole(hole string) {
	switch hole {
	case "I", "T", "B":
		g.expr(hole[0])
	case "0":
		g.within(nil, func() { g.put("abs({I})") })
	case "Q":
		g.query()
	default:
		word, name, _ := strings.Cut(hole, " ")
		g.place(words[word], func() { g.out.WriteString(name) })
	}
}

// within writes something with other columns in scope.
func (g *gen) within(scope []column, write func()) {
	saved := g.scope
	g.scope = scope
	write()
	g.scope = saved
}
