package repo

import (
	"go/ast"
	"go/doc"
	"slices"
	"testing"
)

// meets are the types whose methods users call, package by package.
var meets = map[string][]string{"provision": {"Provisioner"}, "guard": {"Guard"}, "driver": {"Connector"}}

// without are functions and methods that have no Example, and why.
var without = map[string]string{
	"driver.Connector.Connect": "database/sql calls it",
	"driver.Connector.Driver":  "database/sql calls it",

	"guard.Guard.Definition": "only package provision can call it: it takes a type of an internal package",
	"guard.Guard.Code":       "only package provision can call it: it takes a type of an internal package",

	"provision.Provisioner.Export":          "an archive is pg_dump's work: docs/backup.md has the command",
	"provision.Provisioner.Import":          "an archive is pg_restore's work: docs/backup.md has the command",
	"provision.Provisioner.HoldsAll":        "it is about archives: docs/backup.md has the command",
	"provision.Provisioner.ArchiveOf":       "it is about archives: docs/backup.md has the command",
	"provision.Provisioner.Rehome":          "it takes a copy of a database: docs/disaster.md has the command",
	"provision.Provisioner.ConfirmOriginal": "it takes a copy of a database: docs/disaster.md has the command",
	"provision.Provisioner.MoveToNode":      "it takes a cluster of Citus: docs/citus.md has the command",
	"provision.Provisioner.Placement":       "it takes a cluster of Citus: docs/citus.md has the command",
}

// idle are Examples that do not run, and why.
var idle = map[string]string{
	"vet.Example":    "it is the main function of a tool, which ends the process",
	"vet.ExampleNew": "it is the main function of a tool, which ends the process",
}

// TestExamples: each exported function of a public package, and each method of the types that users meet, has an
// Example. That has its name; or it calls it, for a method in one that is named after the type or another method of it.
// Examples run.
func TestExamples(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range documented(t) {
		for _, f := range p.functions() {
			name := p.Name + "." + f.name
			seen[name] = true
			switch shown := len(f.examples) > 0 || slices.ContainsFunc(f.near, f.calledIn); {
			case !shown && without[name] == "":
				t.Errorf("%s has no Example", name)
			case shown && without[name] != "":
				t.Errorf("%s has an Example, and stands among those without", name)
			}
		}
		for _, e := range p.examples() {
			name := p.Name + ".Example" + e.Name
			seen[name] = true
			if e.Output == "" && !e.EmptyOutput && idle[name] == "" {
				t.Errorf("%s does not run: it has no comment with its output", name)
			}
		}
	}
	for _, names := range []map[string]string{without, idle} {
		for name := range names {
			if !seen[name] {
				t.Errorf("there is no %s", name)
			}
		}
	}
}

// function is a function or method with the Examples that are named after it, and those that may show it as well.
type function struct {
	name           string // such as "New" or "Guard.Check"
	examples, near []*doc.Example
	calledIn       func(*doc.Example) bool
}

// functions returns what a package's users call.
func (p public) functions() (all []function) {
	everywhere := p.examples()
	add := func(fs []*doc.Func) {
		for _, f := range fs {
			all = append(all, function{f.Name, f.Examples, everywhere, func(e *doc.Example) bool {
				return selects(e, f.Name, func(of ast.Expr) bool { return isName(of, p.Name) })
			}})
		}
	}
	add(p.Funcs)
	for _, t := range p.Types {
		add(t.Funcs)
		if !slices.Contains(meets[p.Name], t.Name) {
			continue
		}
		near := examplesOf(t)
		for _, m := range t.Methods {
			all = append(all, function{t.Name + "." + m.Name, m.Examples, near, func(e *doc.Example) bool {
				return selects(e, m.Name, func(of ast.Expr) bool { return !isName(of, p.Name) })
			}})
		}
	}
	return all
}

// selects reports whether an Example has x.name, for an x that will do.
func selects(e *doc.Example, name string, of func(ast.Expr) bool) (found bool) {
	ast.Inspect(e.Code, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		found = found || ok && s.Sel.Name == name && of(s.X)
		return !found
	})
	return found
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// examples returns all of a package's Examples.
func (p public) examples() []*doc.Example {
	all := slices.Clone(p.Examples)
	for _, f := range p.Funcs {
		all = append(all, f.Examples...)
	}
	for _, t := range p.Types {
		all = append(all, examplesOf(t)...)
	}
	return all
}

// examplesOf returns those of a type, its constructors and its methods.
func examplesOf(t *doc.Type) []*doc.Example {
	all := slices.Clone(t.Examples)
	for _, f := range slices.Concat(t.Funcs, t.Methods) {
		all = append(all, f.Examples...)
	}
	return all
}

// TestExamplesAreSeen: what the rule takes for an Example, on one of each kind.
func TestExamplesAreSeen(t *testing.T) {
	p := publicOf(t, map[string]string{
		"a.go": `package a
type T struct{}
func New() *T { return nil }
func Alone() {}
func Called() {}
func (*T) Named() {}
func (*T) Beside() {}
func (*T) Elsewhere() {}`,
		"a_test.go": `package a_test
func ExampleNew() { a.New() }
func Example() { a.Called(); t.Elsewhere() }
func ExampleT_Named() { t.Named(); t.Beside() }`,
	})
	meets["a"] = []string{"T"}
	defer delete(meets, "a")
	want := map[string]bool{
		"New": true, "Alone": false, "Called": true, "T.Named": true, "T.Beside": true, "T.Elsewhere": false}
	for _, f := range p.functions() {
		if shown := len(f.examples) > 0 || slices.ContainsFunc(f.near, f.calledIn); shown != want[f.name] {
			t.Errorf("%s has an Example: %t", f.name, shown)
		}
		delete(want, f.name)
	}
	if len(want) > 0 {
		t.Errorf("no functions: %v", want)
	}
}
