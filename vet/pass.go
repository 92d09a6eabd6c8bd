package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// pass is the analysis of one package, on one goroutine.
type pass struct {
	*analysis.Pass
	*settings
	flow       flow
	directives directives
	wrapped    map[*ast.CallExpr]bool // what makes the base of a driver.Wrap
	found      []Finding
}

// eachCall calls f with every call of the package.
func (p *pass) eachCall(f func(*ast.CallExpr)) {
	for _, file := range p.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				f(call)
			}
			return true
		})
	}
}

// callee returns the function or method that a call names, or nil: for a conversion, a built-in or a function value.
func (p *pass) callee(e *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(p.TypesInfo, e).(*types.Func)
	return fn
}

// call looks at one call for each category.
func (p *pass) call(expr *ast.CallExpr) {
	p.checkHandle(expr)
	c, ok := p.databaseCall(expr)
	if !ok {
		return
	}
	switch p.origin(c.handle) {
	case administrator, foreign:
		return
	case bound:
	default:
		p.checkContext(c)
	}
	p.checkSQL(c)
}

// report adds a finding about a call unless a comment accepts it, at the finding or at the call.
func (p *pass) report(call *ast.CallExpr, f Finding) {
	for _, pos := range []token.Pos{f.Pos, call.Pos(), call.End()} {
		if p.directives.at(pos) != nil {
			return
		}
	}
	p.found = append(p.found, f)
}
