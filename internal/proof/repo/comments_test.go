package repo

import (
	"go/ast"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plain are identifiers that need no comment, and why.
var plain = map[string]string{
	"drivertest.T.Helper":  "testing.T has it",
	"drivertest.T.Cleanup": "testing.T has it",
	"drivertest.T.Errorf":  "testing.T has it",
	"drivertest.T.Fatalf":  "testing.T has it",
}

// TestCommented: each exported identifier of a public package has a comment, fields of exported structs and methods of
// exported interfaces among them. That is in front of it, behind it on its line, or in front of its group. For a field
// it may be the struct's or another field's, which names it.
func TestCommented(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range documented(t) {
		for _, name := range p.uncommented() {
			if seen[name] = true; plain[name] == "" {
				t.Errorf("%s has no comment", name)
			}
		}
	}
	for name := range plain {
		if !seen[name] {
			t.Errorf("%s has a comment, or is not there", name)
		}
	}
}

// uncommented returns the names of what has no comment.
func (p public) uncommented() (names []string) {
	miss := func(in string, name *ast.Ident) { names = append(names, p.Name+"."+in+name.Name) }
	for _, file := range p.files {
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if of, ok := receiver(d); ok && d.Doc == nil && d.Name.IsExported() {
					miss(of, d.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					missing(s, d.Doc, miss)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// receiver returns what stands in front of the name of a function, or of an exported type's method. Error needs no
// comment, since each error has it.
func receiver(d *ast.FuncDecl) (of string, exported bool) {
	if d.Recv == nil {
		return "", true
	}
	e := d.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	name, ok := e.(*ast.Ident)
	if !ok || !name.IsExported() || d.Name.Name == "Error" {
		return "", false
	}
	return name.Name + ".", true
}

// missing tells miss of what has no comment in a specification.
func missing(s ast.Spec, group *ast.CommentGroup, miss func(in string, name *ast.Ident)) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && group.Text()+s.Doc.Text()+s.Comment.Text() == "" {
				miss("", name)
			}
		}
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return
		}
		about := group.Text() + s.Doc.Text()
		if about == "" {
			miss("", s.Name)
		}
		switch of := s.Type.(type) {
		case *ast.StructType:
			missingIn(of.Fields, about, func(name *ast.Ident) { miss(s.Name.Name+".", name) })
		case *ast.InterfaceType:
			missingIn(of.Methods, about, func(name *ast.Ident) { miss(s.Name.Name+".", name) })
		}
	}
}

// missingIn is for fields and methods of a type about which there is a comment.
func missingIn(fields *ast.FieldList, about string, miss func(*ast.Ident)) {
	for _, f := range fields.List {
		about += f.Doc.Text() + f.Comment.Text()
	}
	for _, f := range fields.List {
		for _, name := range f.Names {
			named := regexp.MustCompile(`\b` + name.Name + `\b`)
			if name.IsExported() && f.Doc.Text()+f.Comment.Text() == "" && !named.MatchString(about) {
				miss(name)
			}
		}
	}
}

// TestUncommented: what the rule finds, on one of each kind.
func TestUncommented(t *testing.T) {
	p := publicOf(t, map[string]string{"a.go": `package a

const C, d = 1, 2

// Group.
const (
	E = 1
)

type T struct {
	Bare string
	Named, own int
	// Doc. So Named is, too.
	Above string
	Behind string // of it
}

// I is one.
type I interface{ M() }

func F() {}
func (*T) Method() {}
func (T) Error() string { return "" }
func (t) Hidden() {}

type t struct{ Field int }
`})
	want := []string{"a.C", "a.F", "a.I.M", "a.T", "a.T.Bare", "a.T.Method"}
	if diff := cmp.Diff(want, p.uncommented()); diff != "" {
		t.Error(diff)
	}
}
