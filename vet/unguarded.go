package vet

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// postgresDrivers are the names under which other drivers for PostgreSQL register.
var postgresDrivers = map[string]bool{
	"pgx": true, "pgx/v4": true, "pgx/v5": true, "nrpgx": true, "nrpgx5": true, // pgx, New Relic's
	"postgres": true, "pq": true, "pq-timeouts": true, "nrpostgres": true, "instrumented-postgres": true, // lib/pq
	"cloudsqlpostgres": true, "cloudsql-postgres": true, "cloudsql-postgresql": true, "cockroach": true, "pg": true,
}

// foreignDrivers are the names of drivers for other databases, whose SQL is not the guard's to judge.
var foreignDrivers = map[string]bool{
	"mysql": true, "nrmysql": true, "sqlite": true, "sqlite3": true, "nrsqlite3": true, "libsql": true, "duckdb": true,
	"sqlserver": true, "mssql": true, "azuresql": true, "oracle": true, "godror": true, "oci8": true,
	"clickhouse": true, "snowflake": true, "spanner": true, "bigquery": true, "databricks": true, "trino": true,
}

// makers are the functions of pgx that connect without database/sql, or make a handle for it. Connectors are fine as
// the base of driver.Wrap.
var makers = []string{
	"Connect", "ConnectConfig", "ConnectWithOptions", "New", "NewWithConfig", "OpenDB", "OpenDBFromPool",
	"GetConnector", "GetPoolConnector",
}

var libPQMakers = []string{"Open", "DialOpen", "NewConnector", "NewConnectorConfig"}

// checkHandle reports a handle for PostgreSQL that is not docex's.
func (p *pass) checkHandle(e *ast.CallExpr) {
	fn := p.callee(e)
	if fn == nil || fn.Signature().Recv() != nil || p.wrapped[e] {
		return
	}
	name := types.ExprString(ast.Unparen(e.Fun))
	f := Finding{
		Pos: e.Pos(), End: e.End(), Category: Unguarded, Reason: name + " goes around docex",
		Hint: `use the driver "docex", or accept an administrator's handle with //docex:admin and a reason`,
	}
	var edits []analysis.TextEdit
	switch {
	case familyOf(fn.Pkg()) == pgxFamily && slices.Contains(makers, fn.Name()):
	case p.opensGORM(fn, e):
		f.Hint = `use postgres.New(postgres.Config{DriverName: "docex", DSN: dsn}), or Conn with a handle of docex`
	case isLibPQ(fn.Pkg()) && slices.Contains(libPQMakers, fn.Name()):
	default:
		d, ok := p.driverName(fn, e)
		if !ok || !postgresDrivers[strings.ToLower(d)] {
			return
		}
		f.Reason = fmt.Sprintf("%s with the driver %q goes around docex", name, d)
		edits = p.driverNameEdits(e.Args[driverArgument(fn)])
	}
	p.reportFix(e, f, "open it with docex", edits)
}

// driverArgument returns which argument of a function that opens by a driver's name is that name.
func driverArgument(fn *types.Func) int {
	if fn.Name() == "ConnectContext" {
		return 1
	}
	return 0
}

// driverName returns the constant driver name that a call opens a handle with.
func (p *pass) driverName(fn *types.Func, e *ast.CallExpr) (string, bool) {
	of := familyOf(fn.Pkg())
	switch fn.Name() {
	case "Open", "MustOpen", "Connect", "MustConnect", "ConnectContext":
	default:
		return "", false
	}
	if of != standardFamily && of != sqlxFamily {
		return "", false
	}
	i := driverArgument(fn)
	if i >= len(e.Args) {
		return "", false
	}
	return p.onlyText(e.Args[i])
}

// onlyText returns the text of a constant, or of a variable that only ever has that one.
func (p *pass) onlyText(e ast.Expr) (string, bool) {
	if text, ok := p.flow.text(e); ok {
		return text, true
	}
	if value := p.flow.only(e); value != nil {
		return p.onlyText(value)
	}
	return "", false
}

// wrappedConnectors returns the calls that make the base of a driver.Wrap.
func (p *pass) wrappedConnectors() map[*ast.CallExpr]bool {
	found := map[*ast.CallExpr]bool{}
	p.eachCall(func(e *ast.CallExpr) {
		fn := p.callee(e)
		if fn == nil || familyOf(fn.Pkg()) != docexFamily || fn.Name() != "Wrap" || len(e.Args) == 0 {
			return
		}
		base := e.Args[0]
		if value := p.flow.only(base); value != nil {
			base = value
		}
		if call, ok := ast.Unparen(base).(*ast.CallExpr); ok {
			found[call] = true
		}
	})
	return found
}
