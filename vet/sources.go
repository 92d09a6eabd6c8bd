package vet

import (
	"go/ast"
	"go/types"
)

// sources returns the constants that the SQL of a call can be, and whether they are all: that each is known, or judged
// at the call of sqlx that replaces its placeholders.
func (p *pass) sources(c call) (texts []ast.Expr, complete bool) {
	s := sources{pass: p, call: c, seen: map[types.Object]bool{}}
	complete = s.add(c.sql)
	return s.texts, complete
}

// sources collects the constants for one call.
type sources struct {
	*pass
	call  call
	seen  map[types.Object]bool
	texts []ast.Expr
}

func (s *sources) add(e ast.Expr) (complete bool) {
	e = ast.Unparen(e)
	if _, ok := s.flow.text(e); ok {
		s.texts = append(s.texts, e)
		return true
	}
	switch e := e.(type) {
	case *ast.CallExpr:
		inner, ok := s.expander(e)
		if !ok {
			return false
		}
		_, complete := s.sources(inner)
		return complete
	case *ast.Ident:
		return s.variable(e)
	}
	return false
}

// variable adds all that a variable can be. What sqlx makes of it is another value of the same variable, in
// q, args, err := sqlx.In(q, ids): then its constants are for those calls alone that replace all of their placeholders.
func (s *sources) variable(e *ast.Ident) bool {
	object := s.TypesInfo.ObjectOf(e)
	if s.seen[object] {
		return true
	}
	s.seen[object] = true
	values := s.flow.of(e)
	var replaced markers
	for _, v := range values {
		if inner, ok := s.expander(v.expr); ok {
			replaced |= inner.markers
		}
	}
	complete := len(values) > 0
	for _, v := range values {
		switch inner, ok := s.expander(v.expr); {
		case v.index != 0:
			complete = false
		case ok:
			complete = s.knows(inner) && complete
		case replaced&^s.call.markers == 0:
			complete = s.add(v.expr) && complete
		default:
			_, isText := s.flow.text(v.expr)
			complete = isText && complete
		}
	}
	return complete
}

// knows reports whether the SQL of a call that replaces placeholders is known, apart from variables already seen.
func (s *sources) knows(c call) bool {
	inner := sources{pass: s.pass, call: c, seen: s.seen}
	return inner.add(c.sql)
}

// expander returns the call that e is, when it replaces placeholders and returns the SQL.
func (p *pass) expander(e ast.Expr) (call, bool) {
	expr, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return call{}, false
	}
	c, ok := p.databaseCall(expr)
	return c, ok && c.expands && c.sql != nil
}
