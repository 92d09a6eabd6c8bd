package vet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

const libPQPath = "github.com/lib/pq"

func isLibPQ(p *types.Package) bool { return p != nil && p.Path() == libPQPath }

// libPQUses are the parts of lib/pq that need a connection of lib/pq, with what takes their place.
var libPQUses = map[string]string{
	"CopyIn": "use driver.CopyFrom", "CopyInSchema": "use driver.CopyFrom",
	"NewListener": listenHint, "NewDialListener": listenHint, "NewListenerConn": listenHint,
	"Driver": `use the driver "docex"`,
}

const listenHint = "tenants cannot LISTEN: listen on a connection of its own to what docex_system.channel returns, " +
	"and accept it with //docex:admin and a reason"

// checkLibPQ reports what compiles after a change from lib/pq to docex, and then works no more.
func (p *pass) checkLibPQ() {
	for _, file := range p.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				p.checkLibPQUse(n)
			case *ast.CallExpr:
				p.checkDSN(n)
				p.checkErrorsAs(n)
			case *ast.AssignStmt:
				p.checkErrorAssertions(n)
			case *ast.TypeAssertExpr:
				if n.Type != nil && p.isLibPQError(n.Type) {
					p.reportDeadError(n, n.Type, nil)
				}
			case *ast.TypeSwitchStmt:
				p.checkErrorSwitch(n)
			}
			return true
		})
	}
}

func (p *pass) checkLibPQUse(name *ast.Ident) {
	o := p.TypesInfo.Uses[name]
	if o == nil || !isLibPQ(o.Pkg()) || o.Parent() != o.Pkg().Scope() || libPQUses[o.Name()] == "" {
		return
	}
	p.report(name, Finding{Pos: name.Pos(), End: name.End(), Category: LibPQ, Object: "pq." + o.Name(),
		Reason: "it needs a connection of lib/pq", Hint: libPQUses[o.Name()]})
}

// libPQOptions are what lib/pq reads in a DSN and pgx takes for settings of the server, which refuses them.
var libPQOptions = []string{
	"binary_parameters", "disable_prepared_binary_result", "fallback_application_name", "sslinline",
}

// checkDSN looks for them in the constant DSN of a handle, by what pgx makes of it.
func (p *pass) checkDSN(e *ast.CallExpr) {
	fn := p.callee(e)
	if fn == nil || fn.Signature().Recv() != nil {
		return
	}
	name, ok := p.driverName(fn, e)
	i := driverArgument(fn) + 1
	switch {
	case familyOf(fn.Pkg()) == docexFamily && fn.Name() == "NewConnector":
		i = 0
	case !ok || name != docexDriver && !postgresDrivers[strings.ToLower(name)]:
		return
	}
	if i >= len(e.Args) {
		return
	}
	dsn, ok := p.onlyText(e.Args[i])
	if !ok {
		return
	}
	cfg, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return // it may name files that are not here
	}
	for _, option := range libPQOptions {
		if _, ok := cfg.RuntimeParams[option]; ok {
			p.report(e, Finding{Pos: e.Args[i].Pos(), End: e.Args[i].End(), Category: LibPQ, Object: option,
				Reason: "pgx does not know this option of the DSN, and the server refuses it", Hint: optionHint(option)})
		}
	}
}

func optionHint(option string) string {
	switch option {
	case "fallback_application_name":
		return "use application_name"
	case "sslinline":
		return "name files with sslcert and sslkey"
	}
	return "leave it out"
}

// isLibPQError reports whether a type expression, or a variable, is a *pq.Error or a pq.Error.
func (p *pass) isLibPQError(e ast.Expr) bool {
	t := p.TypesInfo.TypeOf(e)
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && isLibPQ(n.Obj().Pkg()) && n.Obj().Name() == "Error"
}

func (p *pass) checkErrorSwitch(s *ast.TypeSwitchStmt) {
	for _, clause := range s.Body.List {
		c, ok := clause.(*ast.CaseClause)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(c.List, p.isLibPQError); i >= 0 {
			p.reportDeadError(c, c.List[i], nil)
		}
	}
}
