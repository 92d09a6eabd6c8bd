package vet

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// checkContext reports a call by nobody. The driver refuses it with scope.ErrNoUserContext.
func (p *pass) checkContext(c call) {
	if c.with == "" || c.family == pgxFamily {
		return
	}
	f := Finding{Pos: c.Pos(), Category: Context}
	var edits []analysis.TextEdit
	empty := p.emptyContext(c.context)
	switch {
	case c.context == nil && !takesContext(c.fn):
		f.Reason = c.name + " passes no context, which gives scope.ErrNoUserContext"
		f.Hint = "use " + p.contextForm(c) + ", or a handle of driver.Bind"
		edits = p.contextEdits(c)
	case empty != "":
		f.Pos, f.End = c.context.Pos(), c.context.End()
		f.Reason = fmt.Sprintf("%s gets %s, which gives scope.ErrNoUserContext", c.name, empty)
		f.Hint = "pass the context of the request, or one that scope.With returns, or use a handle of driver.Bind"
	case c.context != nil && p.isGin(c.context):
		f.Pos, f.End = c.context.Pos(), c.context.End()
		f.Reason = c.name + " gets a *gin.Context, which holds no UserContext unless Engine.ContextWithFallback is set"
		f.Hint = "pass the Request.Context() of it"
		edits = []analysis.TextEdit{insert(f.End, ".Request.Context()")}
	default:
		return
	}
	p.reportFix(c.CallExpr, f, "pass the context at hand", edits)
}

func takesContext(fn *types.Func) bool {
	params := fn.Signature().Params()
	return params.Len() > 0 && isContext(params.At(0).Type())
}

// contextForm names what takes a context in the place of the call. Not every type of sqlx has it: Tx has no
// NamedQueryContext, and its small interfaces have one form each.
func (p *pass) contextForm(c call) string {
	receiver := c.fn.Signature().Recv()
	if receiver == nil {
		return c.with
	}
	if o, _, _ := types.LookupFieldOrMethod(receiver.Type(), true, c.fn.Pkg(), c.with); o != nil {
		return c.with
	}
	if o, ok := c.fn.Pkg().Scope().Lookup(c.with).(*types.Func); ok {
		return o.Pkg().Name() + "." + o.Name()
	}
	return c.with + " of a handle that has it"
}

func (p *pass) isGin(e ast.Expr) bool {
	pointer, ok := types.Unalias(p.TypesInfo.TypeOf(e)).(*types.Pointer)
	if !ok {
		return false
	}
	n, ok := types.Unalias(pointer.Elem()).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "github.com/gin-gonic/gin" && n.Obj().Name() == "Context"
}

// emptyContext returns "context.Background()" or "context.TODO()" when e is certainly one of them, as it stands or as
// the only value of a variable.
func (p *pass) emptyContext(e ast.Expr) string {
	if value := p.flow.only(e); value != nil {
		return p.emptyContext(value)
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return ""
	}
	fn := p.callee(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "context" || (fn.Name() != "Background" && fn.Name() != "TODO") {
		return ""
	}
	return "context." + fn.Name() + "()"
}
