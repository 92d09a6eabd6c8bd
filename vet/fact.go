package vet

import (
	"go/token"
	"go/types"
)

// boundFact is about a variable or field that holds bound handles only, or about a function whose first result is one.
type boundFact struct{}

func (*boundFact) AFact() {}

func (*boundFact) String() string { return "bound" }

// exportFacts tells the packages that import this one. Without docex below it there is nothing to tell.
func (p *pass) exportFacts() {
	if !reaches(p.Pkg, docexPath, map[*types.Package]bool{}) {
		return
	}
	for o := range p.inflow.values {
		p.exportFact(o)
	}
	for o := range p.inflow.results {
		p.exportFact(o)
	}
	for _, o := range p.TypesInfo.Defs {
		if d := p.directives.at(positionOf(o)); d != nil && d.verb == boundMark {
			p.exportFact(o)
		}
	}
}

// reaches reports whether a package imports another one, directly or not.
func reaches(from *types.Package, path string, seen map[*types.Package]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, p := range from.Imports() {
		if p.Path() == path || reaches(p, path, seen) {
			return true
		}
	}
	return false
}

func positionOf(o types.Object) token.Pos {
	if o == nil {
		return token.NoPos
	}
	return o.Pos()
}

func (p *pass) exportFact(o types.Object) {
	if o == nil || !o.Exported() || o.Pkg() != p.Pkg {
		return
	}
	s := search{pass: p, seen: map[types.Object]bool{}}
	switch o := o.(type) {
	case *types.Var:
		s.object(o)
	case *types.Func:
		if o.Signature().Results().Len() > 0 {
			s.results(o, 0)
		}
	}
	if s.result() == bound {
		p.ExportObjectFact(o, new(boundFact))
	}
}
