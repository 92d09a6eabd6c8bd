package vet

import (
	"go/ast"
	"go/types"
	"strings"
)

// origin is where a handle is from, as far as the package's own variables show it.
type origin int

const (
	unknown       origin = iota // taken for docex's, now or later
	bound                       // of driver.Bind, so it needs no context
	foreign                     // of another kind of database
	administrator               // accepted as an administrator's
)

// origin follows a handle back to where it was made: through variables, transactions, statements and sqlx.NewDb.
func (p *pass) origin(e ast.Expr) origin { return p.originSeen(e, map[types.Object]bool{}) }

func (p *pass) originSeen(e ast.Expr, seen map[types.Object]bool) origin {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return p.variableOrigin(p.TypesInfo.ObjectOf(e), seen)
	case *ast.SelectorExpr:
		if o := p.variableOrigin(p.TypesInfo.ObjectOf(e.Sel), seen); o != unknown {
			return o
		}
		return p.originSeen(e.X, seen) // x.DB of a *sqlx.DB
	case *ast.StarExpr:
		return p.originSeen(e.X, seen)
	case *ast.UnaryExpr:
		return p.originSeen(e.X, seen)
	case *ast.CallExpr:
		return p.callOrigin(e, seen)
	}
	return unknown
}

// variableOrigin: one value that says more than nothing is enough, for db = driver.Bind(db, uc).
func (p *pass) variableOrigin(o types.Object, seen map[types.Object]bool) origin {
	if _, ok := o.(*types.Var); !ok || seen[o] {
		return unknown
	}
	seen[o] = true
	if o.Pkg() == p.Pkg {
		if d := p.directives.at(o.Pos()); d != nil && d.admin {
			return administrator
		}
	}
	for _, v := range p.flow.values[o] {
		if v.expr == nil || v.index != 0 {
			continue
		}
		if o := p.originSeen(v.expr, seen); o != unknown {
			return o
		}
	}
	return unknown
}

func (p *pass) callOrigin(e *ast.CallExpr, seen map[types.Object]bool) origin {
	fn := p.callee(e)
	if fn == nil {
		return unknown
	}
	if d := p.directives.at(e.Pos()); d != nil && d.admin {
		return administrator
	}
	of := familyOf(fn.Pkg())
	switch {
	case of == docexFamily && fn.Name() == "Bind":
		return bound
	case of == noFamily:
		return unknown
	case fn.Signature().Recv() != nil: // db.Begin, tx.Prepare, pool.Acquire
		if s, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
			return p.originSeen(s.X, seen)
		}
	case fn.Name() == "NewDb" && len(e.Args) > 0: // of sqlx
		return p.originSeen(e.Args[0], seen)
	}
	if name, ok := p.driverName(fn, e); ok && foreignDrivers[strings.ToLower(name)] {
		return foreign
	}
	return unknown
}
