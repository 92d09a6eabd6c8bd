package vet

import (
	"go/ast"
	"go/types"
	"strings"
)

// origin is where a handle is from, as far as the package shows it.
type origin int

const (
	unknown       origin = iota // taken for docex's, now or later
	bound                       // of driver.Bind, so it needs no context
	foreign                     // of another kind of database
	administrator               // accepted as an administrator's
)

// origin returns what all that a handle can be has in common. It is followed back to where it was made, through
// variables, fields, parameters, returns and closures of the package, transactions, statements and sqlx.NewDb.
func (p *pass) origin(c call) origin {
	s := search{pass: p, seen: map[types.Object]bool{}}
	if field := p.embedded(c); field != nil {
		s.object(field)
	} else if c.handle != nil {
		s.expr(c.handle, 0)
	}
	return s.result()
}

func (s *search) result() origin {
	switch {
	case len(s.found) == 1:
		for o := range s.found {
			return o
		}
	case len(s.found) == 2 && s.found[bound] && s.found[administrator]:
		return bound // nobody needs a context, and tenants' SQL is looked at
	}
	return unknown
}

// embedded returns the field that a promoted method is called on, such as the DB of a struct{ *sql.DB }.
func (p *pass) embedded(c call) (field *types.Var) {
	s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok || p.TypesInfo.Selections[s] == nil {
		return nil
	}
	selection := p.TypesInfo.Selections[s]
	t := selection.Recv()
	for _, i := range selection.Index()[:len(selection.Index())-1] {
		if pointer, ok := t.Underlying().(*types.Pointer); ok {
			t = pointer.Elem()
		}
		structure, ok := t.Underlying().(*types.Struct)
		if !ok || familyOf(structure.Field(i).Pkg()) != noFamily {
			return field
		}
		field = structure.Field(i)
		t = field.Type()
	}
	return field
}

// search collects the origins of all that a handle can be.
type search struct {
	*pass
	seen  map[types.Object]bool
	found map[origin]bool
}

func (s *search) add(o origin) {
	if s.found == nil {
		s.found = map[origin]bool{}
	}
	s.found[o] = true
}

// expr adds the origins of an expression, or of one result of a call.
func (s *search) expr(e ast.Expr, index int) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if !s.TypesInfo.Types[e].IsNil() {
			s.object(s.TypesInfo.ObjectOf(e))
		}
	case *ast.SelectorExpr:
		o := s.TypesInfo.ObjectOf(e.Sel)
		if v, ok := o.(*types.Var); ok && v.IsField() && familyOf(v.Pkg()) != noFamily {
			s.expr(e.X, 0) // x.DB of a *sqlx.DB
			return
		}
		s.object(o)
	case *ast.StarExpr:
		s.expr(e.X, 0)
	case *ast.UnaryExpr:
		s.expr(e.X, 0)
	case *ast.TypeAssertExpr:
		s.expr(e.X, 0)
	case *ast.IndexExpr:
		s.expr(e.X, 0)
	case *ast.CompositeLit:
		s.elements(e)
	case *ast.CallExpr:
		s.call(e, index)
	default:
		s.add(unknown)
	}
}

// elements adds those of a map or slice.
func (s *search) elements(l *ast.CompositeLit) {
	if _, ok := s.TypesInfo.TypeOf(l).Underlying().(*types.Struct); ok {
		s.add(unknown)
		return
	}
	for _, e := range l.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		s.expr(e, 0)
	}
}

// object adds all that a variable, field or parameter can be. One that is bound again, as in db = driver.Bind(db, uc),
// is meant to be bound.
func (s *search) object(o types.Object) {
	o = origined(o)
	v, ok := o.(*types.Var)
	switch {
	case !ok:
		s.add(unknown)
		return
	case s.seen[o]:
		return
	case s.marked(o):
		return
	}
	s.seen[o] = true
	values := s.inflow.values[v]
	for _, value := range values {
		if s.rebinds(v, value.expr) {
			s.add(bound)
			return
		}
	}
	p, isParameter := s.inflow.parameters[v]
	if len(values) == 0 && !isParameter || isForeign(v, s.Pkg) {
		s.add(unknown)
		return
	}
	for _, value := range values {
		if value.expr == nil {
			s.add(unknown)
			continue
		}
		s.expr(value.expr, value.index)
	}
	if isParameter {
		s.arguments(p)
	}
}

func isForeign(o types.Object, p *types.Package) bool { return o.Pkg() != nil && o.Pkg() != p }

// marked adds what a comment, or the package that declares an object, says of it.
func (s *search) marked(o types.Object) bool {
	d := s.directives.at(o.Pos())
	switch {
	case s.inflow.admins[o]:
		s.add(administrator)
	case isForeign(o, s.Pkg):
		known := ofTests(o)
		if known == unknown && s.ImportObjectFact(o, new(boundFact)) {
			known = bound
		}
		if known == unknown {
			return false
		}
		s.add(known)
	case d == nil || d.verb == ignore:
		return false
	case d.verb == admin:
		s.add(administrator)
	default:
		s.add(bound)
	}
	return true
}

// ofTests returns what package docextest says of the handles that it hands out.
func ofTests(o types.Object) origin {
	switch {
	case o.Pkg() == nil || o.Pkg().Path() != docextestPath:
		return unknown
	case o.Name() == "Bound":
		return bound
	case o.Name() == "Admin":
		return administrator
	}
	return unknown
}

func (s *search) rebinds(v *types.Var, e ast.Expr) bool {
	c, ok := e.(*ast.CallExpr)
	if !ok || !s.binds(s.callee(c)) || len(c.Args) == 0 {
		return false
	}
	return s.inflow.object(c.Args[0]) == v
}

func (p *pass) binds(fn *types.Func) bool {
	return fn != nil && familyOf(fn.Pkg()) == docexFamily && fn.Name() == "Bind"
}

// arguments adds what a function is called with. Whoever else may call it is not known.
func (s *search) arguments(p parameter) {
	fn, isFunc := p.of.(*types.Func)
	callers := s.inflow.callers[p.of]
	switch {
	case p.index < 0, s.inflow.asValue[p.of], len(callers) == 0,
		isFunc && fn.Exported() && (s.Pkg.Name() != "main" || fn.Signature().Recv() != nil):
		s.add(unknown)
		return
	}
	for _, c := range callers {
		if p.index >= len(c.Args) { // f(g())
			s.add(unknown)
			continue
		}
		s.expr(c.Args[p.index], 0)
	}
}

func (s *search) call(e *ast.CallExpr, index int) {
	if d := s.directives.at(e.Pos()); d != nil && d.verb == admin {
		s.add(administrator)
		return
	}
	fn := s.callee(e)
	if fn == nil {
		s.otherCall(e, index)
		return
	}
	of := familyOf(fn.Pkg())
	switch {
	case s.binds(fn):
		s.add(bound)
		return
	case of == noFamily:
		s.results(fn, index)
		return
	case fn.Signature().Recv() != nil: // db.Begin, tx.Prepare, pool.Acquire
		if selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
			s.expr(selector.X, 0)
			return
		}
	case fn.Name() == "NewDb" && len(e.Args) > 0: // of sqlx
		s.expr(e.Args[0], 0)
		return
	}
	if name, ok := s.driverName(fn, e); ok && foreignDrivers[strings.ToLower(name)] {
		s.add(foreign)
		return
	}
	s.add(unknown)
}

// otherCall is call for conversions, for append, make and new, and for variables that hold functions.
func (s *search) otherCall(e *ast.CallExpr, index int) {
	tv := s.TypesInfo.Types[e.Fun]
	switch {
	case tv.IsType() && len(e.Args) == 1:
		s.expr(e.Args[0], 0)
	case tv.IsBuiltin():
		if name, ok := ast.Unparen(e.Fun).(*ast.Ident); ok && name.Name == "append" {
			for _, arg := range e.Args {
				s.expr(arg, 0)
			}
		}
	default:
		o := s.inflow.object(e.Fun)
		if o == nil || len(s.inflow.values[o]) != 1 {
			s.add(unknown)
			return
		}
		s.results(o, index)
	}
}

// results adds what a function returns as its result of that index.
func (s *search) results(fn types.Object, index int) {
	fn = origined(fn)
	if s.seen[fn] || s.marked(fn) {
		return
	}
	s.seen[fn] = true
	t := s.inflow.results[fn]
	if t == nil || t.Results == nil || isForeign(fn, s.Pkg) {
		s.add(unknown)
		return
	}
	for _, r := range s.inflow.returns[fn] {
		switch {
		case len(r.Results) == t.Results.NumFields() && index < len(r.Results):
			s.expr(r.Results[index], 0)
		case len(r.Results) == 1:
			s.expr(r.Results[0], index)
		default:
			s.named(t, index)
		}
	}
}

// named adds what a named result can be.
func (s *search) named(t *ast.FuncType, index int) {
	for _, field := range t.Results.List {
		for _, name := range field.Names {
			if index == 0 {
				s.object(s.TypesInfo.Defs[name])
				return
			}
			index--
		}
	}
	s.add(unknown)
}
