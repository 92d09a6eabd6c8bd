package vet

import (
	"go/ast"
	"go/types"
)

// call is a call that reaches a database, or makes SQL for one.
type call struct {
	*ast.CallExpr
	method
	family family
	fn     *types.Func
	name   string // as the program writes it, such as db.Query

	handle  ast.Expr // the receiver, or the parameter that takes its place; nil when there is none
	context ast.Expr // nil when there is none
	sql     ast.Expr // nil when there is none
}

// maxName bounds how much of a program a message repeats, in bytes.
const maxName = 60

// databaseCall returns the call that expr is, if it is one.
func (p *pass) databaseCall(expr *ast.CallExpr) (call, bool) {
	fn := p.callee(expr)
	if fn == nil {
		return call{}, false
	}
	m, of, ok := databaseMethod(fn)
	if !ok {
		return call{}, false
	}
	c := call{CallExpr: expr, method: m, family: of, fn: fn, name: types.ExprString(ast.Unparen(expr.Fun))}
	args := expr.Args
	if s, ok := ast.Unparen(expr.Fun).(*ast.SelectorExpr); ok && fn.Signature().Recv() != nil {
		c.handle = s.X
		if selection := p.TypesInfo.Selections[s]; selection != nil && selection.Kind() == types.MethodExpr && len(args) > 0 {
			c.handle, args = args[0], args[1:] // (*sql.DB).Query(db, …)
		}
	}
	if len(c.name) > maxName {
		c.name = fn.Name()
	}
	c.take(fn.Signature(), args)
	return c, true
}

// take sorts the arguments by the types of the parameters: the context comes first, then a handle where there is no
// receiver.
func (c *call) take(s *types.Signature, args []ast.Expr) {
	sql := sqlParameter(s)
	for i := range min(fixedParameters(s), len(args)) {
		switch {
		case i == 0 && isContext(s.Params().At(i).Type()):
			c.context = args[i]
		case i == sql:
			c.sql = args[i]
		case c.handle == nil:
			c.handle = args[i]
		}
	}
	if c.family == docexFamily {
		c.sql = nil // tables by their names
	}
}

// sqlParameter returns which parameter takes SQL: the last string that is not variadic, or -1.
func sqlParameter(s *types.Signature) int {
	for i := fixedParameters(s) - 1; i >= 0; i-- {
		if types.Identical(s.Params().At(i).Type(), types.Typ[types.String]) {
			return i
		}
	}
	return -1
}

func fixedParameters(s *types.Signature) int {
	if s.Variadic() {
		return s.Params().Len() - 1
	}
	return s.Params().Len()
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}
