package vet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// opensGORM reports whether a call makes a dialector of GORM's that connects with pgx: it is given neither a handle
// nor another driver.
func (p *pass) opensGORM(fn *types.Func, e *ast.CallExpr) bool {
	if fn.Pkg() == nil || fn.Pkg().Path() != "gorm.io/driver/postgres" {
		return false
	}
	if fn.Name() == "Open" {
		return true
	}
	if fn.Name() != "New" || len(e.Args) != 1 {
		return false
	}
	config := ast.Unparen(e.Args[0])
	if value := p.flow.only(config); value != nil {
		config = ast.Unparen(value)
	}
	literal, ok := config.(*ast.CompositeLit)
	return ok && !slices.ContainsFunc(literal.Elts, p.otherDriver)
}

// otherDriver reports whether a field of a postgres.Config leads away from pgx. Which handle Conn is, is judged where
// it is opened. A driver's name that is not constant may be docex.
func (p *pass) otherDriver(e ast.Expr) bool {
	pair, ok := e.(*ast.KeyValueExpr)
	if !ok {
		return true // not read
	}
	switch name, _ := pair.Key.(*ast.Ident); {
	case name == nil:
		return true
	case name.Name == "Conn":
		return true
	case name.Name == "DriverName":
		driver, known := p.onlyText(pair.Value)
		return !known || driver != "" && !postgresDrivers[strings.ToLower(driver)]
	}
	return false
}
