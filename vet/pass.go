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
	inflow     inflow
	directives directives
	wrapped    map[*ast.CallExpr]bool // what makes the base of a driver.Wrap
	elsewhere  bool                   // see the function of that name
	found      []Finding
	fixes      map[Finding]analysis.SuggestedFix
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
	switch o := p.origin(c); {
	case o == administrator, o == foreign, o == unknown && p.elsewhere:
		return
	case o != bound:
		p.checkContext(c)
	}
	p.checkSQL(c)
}

// report adds a finding about a node, mostly a call, unless a comment accepts it, at the finding or at the node.
func (p *pass) report(about ast.Node, f Finding) {
	for _, pos := range []token.Pos{f.Pos, about.Pos(), about.End()} {
		if d := p.directives.at(pos); d != nil && d.verb != boundMark {
			return
		}
	}
	f.Function = p.function(f.Pos)
	p.found = append(p.found, f)
}

// function returns the name of the function declaration that pos is in.
func (p *pass) function(pos token.Pos) string {
	for _, decl := range p.file(pos).Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || pos < f.Pos() || f.End() <= pos {
			continue
		}
		fn, _ := p.TypesInfo.Defs[f.Name].(*types.Func)
		if fn == nil || fn.Signature().Recv() == nil {
			return f.Name.Name
		}
		t := fn.Signature().Recv().Type()
		if pointer, ok := t.(*types.Pointer); ok {
			t = pointer.Elem()
		}
		if n, ok := t.(*types.Named); ok {
			return n.Obj().Name() + "." + f.Name.Name
		}
	}
	return ""
}

// reportFix is report with the edits that remove the finding. None is fine, too.
func (p *pass) reportFix(about ast.Node, f Finding, message string, edits []analysis.TextEdit) {
	p.report(about, f)
	f.Function = p.function(f.Pos)
	if len(edits) > 0 {
		p.fixes[f] = analysis.SuggestedFix{Message: message, TextEdits: edits}
	}
}
