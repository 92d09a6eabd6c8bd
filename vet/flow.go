package vet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// flow says what the variables and constants of a package are made of: every value that is assigned to one anywhere in
// the package, in no order. Fields, and what other packages may assign, have none.
type flow struct {
	info   *types.Info
	values map[types.Object][]value
}

// value is one that a variable is given.
type value struct {
	expr     ast.Expr // nil for one that is not known: q += x, &q, range
	index    int      // which of the results of expr, a call
	declares bool     // as in := and var, so that there is no value before it
}

func newFlow(info *types.Info, files []*ast.File) flow {
	f := flow{info: info, values: map[types.Object][]value{}}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			f.note(n)
			return true
		})
	}
	return f
}

func (f flow) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		known := n.Tok == token.ASSIGN || n.Tok == token.DEFINE
		f.assign(n.Lhs, n.Rhs, known)
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(n.Names))
		for i, name := range n.Names {
			names[i] = name
		}
		f.assign(names, n.Values, len(n.Values) > 0)
	case *ast.RangeStmt:
		f.assign([]ast.Expr{n.Key, n.Value}, nil, false)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			f.assign([]ast.Expr{n.X}, nil, false)
		}
	}
}

func (f flow) assign(to, from []ast.Expr, known bool) {
	for i, expr := range to {
		name, ok := ast.Unparen(expr).(*ast.Ident)
		if !ok {
			continue
		}
		object := f.info.ObjectOf(name)
		if object == nil {
			continue
		}
		v := value{declares: f.info.Defs[name] != nil}
		switch {
		case !known:
		case len(to) == len(from):
			v.expr = from[i]
		default:
			v.expr, v.index = from[0], i
		}
		f.values[object] = append(f.values[object], v)
	}
}

// of returns all values that an expression, if it is the name of a variable or a constant, can have, and nil when that
// is not known.
func (f flow) of(e ast.Expr) []value {
	name, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	object := f.info.ObjectOf(name)
	values := f.values[object]
	if object == nil || exportedVariable(object) {
		return nil
	}
	declared := false
	for _, v := range values {
		if v.expr == nil {
			return nil
		}
		declared = declared || v.declares
	}
	if !declared { // a parameter
		return nil
	}
	return values
}

// only returns the one value that a variable or a constant ever has, and nil when there is not one that is known.
func (f flow) only(e ast.Expr) ast.Expr {
	if values := f.of(e); len(values) == 1 && values[0].index == 0 {
		return values[0].expr
	}
	return nil
}

// exportedVariable reports whether other packages may assign to the object.
func exportedVariable(o types.Object) bool {
	v, ok := o.(*types.Var)
	return ok && v.Exported() && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// text returns the value of a constant expression of a string type.
func (f flow) text(e ast.Expr) (string, bool) {
	v := f.info.Types[e].Value
	if v == nil || v.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(v), true
}
