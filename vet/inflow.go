package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// inflow says where the handles of a package come from: what is assigned to its variables and fields, what its
// functions are called with, and what they return. Elements count as their map or slice.
type inflow struct {
	info       *types.Info
	values     map[types.Object][]value // no expr: not known
	parameters map[types.Object]parameter
	callers    map[types.Object][]*ast.CallExpr // by function, or by the variable that holds a literal
	asValue    map[types.Object]bool            // functions that are not only called
	returns    map[types.Object][]*ast.ReturnStmt
	results    map[types.Object]*ast.FuncType
	admins     map[types.Object]bool // parameters that an administrator's transaction is given to
}

type parameter struct {
	of    types.Object // the function
	index int          // -1 behind dots
}

func newInflow(info *types.Info, files []*ast.File) inflow {
	f := inflow{
		info: info, values: map[types.Object][]value{}, parameters: map[types.Object]parameter{},
		callers: map[types.Object][]*ast.CallExpr{}, asValue: map[types.Object]bool{},
		returns: map[types.Object][]*ast.ReturnStmt{}, results: map[types.Object]*ast.FuncType{},
		admins: map[types.Object]bool{},
	}
	called := map[*ast.Ident]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			f.note(n, called)
			return true
		})
	}
	for name, o := range info.Uses {
		if fn, ok := o.(*types.Func); ok && !called[name] {
			f.asValue[fn.Origin()] = true
		}
	}
	return f
}

func (f inflow) note(n ast.Node, called map[*ast.Ident]bool) {
	switch n := n.(type) {
	case *ast.FuncType:
		f.tenantFunc(n)
	case *ast.FuncDecl:
		f.function(f.info.Defs[n.Name], n.Type, n.Body)
	case *ast.AssignStmt:
		f.assign(n.Lhs, n.Rhs)
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(n.Names))
		for i, name := range n.Names {
			names[i] = name
		}
		if len(n.Values) > 0 {
			f.assign(names, n.Values)
		}
	case *ast.RangeStmt:
		if n.Value != nil {
			f.give(n.Value, value{expr: n.X})
		}
	case *ast.UnaryExpr:
		if _, literal := ast.Unparen(n.X).(*ast.CompositeLit); n.Op == token.AND && !literal {
			f.give(n.X, value{}) // whoever has the pointer may assign
		}
	case *ast.CompositeLit:
		f.literal(n)
	case *ast.CallExpr:
		f.call(n, called)
	}
}

func (f inflow) assign(to, from []ast.Expr) {
	for i, e := range to {
		v := value{expr: from[0], index: i}
		if len(to) == len(from) {
			v = value{expr: from[i]}
		}
		if literal, ok := ast.Unparen(v.expr).(*ast.FuncLit); ok {
			f.function(f.object(e), literal.Type, literal.Body)
		}
		f.give(e, v)
	}
}

// give notes a value for what an expression names: a variable, a field, or the map or slice that it is an element of.
func (f inflow) give(to ast.Expr, v value) {
	if o := f.object(to); o != nil {
		f.values[o] = append(f.values[o], v)
	}
}

func (f inflow) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return origined(f.info.ObjectOf(e))
	case *ast.SelectorExpr:
		return origined(f.info.ObjectOf(e.Sel))
	case *ast.IndexExpr:
		return f.object(e.X)
	case *ast.StarExpr:
		return f.object(e.X)
	}
	return nil
}

// origined is the declared one of a field or function of generic code.
func origined(o types.Object) types.Object {
	switch o := o.(type) {
	case *types.Var:
		return o.Origin()
	case *types.Func:
		return o.Origin()
	}
	return o
}

// literal notes the fields of a struct's.
func (f inflow) literal(l *ast.CompositeLit) {
	t := f.info.TypeOf(l)
	if t == nil {
		return
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok { // of an element whose type is left out
		t = pointer.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, e := range l.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			f.give(pair.Key, value{expr: pair.Value})
		} else if i < s.NumFields() {
			field := origined(s.Field(i))
			f.values[field] = append(f.values[field], value{expr: e})
		}
	}
}

// function notes the parameters of a function and what it returns.
func (f inflow) function(o types.Object, t *ast.FuncType, body *ast.BlockStmt) {
	if o == nil || body == nil {
		return
	}
	f.results[o] = t
	i := 0
	for _, field := range t.Params.List {
		_, variadic := field.Type.(*ast.Ellipsis)
		for _, name := range field.Names {
			p := parameter{o, i}
			if i++; variadic {
				p.index = -1
			}
			f.parameters[f.info.Defs[name]] = p
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			f.returns[o] = append(f.returns[o], r)
		}
		_, inner := n.(*ast.FuncLit)
		return !inner
	})
}

func (f inflow) call(e *ast.CallExpr, called map[*ast.Ident]bool) {
	o := origined(typeutil.Callee(f.info, e))
	if literal, ok := ast.Unparen(e.Fun).(*ast.FuncLit); ok {
		o = types.NewVar(literal.Pos(), nil, "", nil)
		f.function(o, literal.Type, literal.Body)
	}
	if o == nil {
		return
	}
	f.callers[o] = append(f.callers[o], e)
	switch fun := ast.Unparen(e.Fun).(type) {
	case *ast.Ident:
		called[fun] = true
	case *ast.SelectorExpr:
		selection := f.info.Selections[fun]
		called[fun.Sel] = selection == nil || selection.Kind() != types.MethodExpr // its receiver is an argument
	case *ast.IndexExpr: // of generic code
		if name, ok := fun.X.(*ast.Ident); ok {
			called[name] = true
		}
	}
}
