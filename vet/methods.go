package vet

import (
	"go/types"
	"slices"
	"strings"
)

// family is whose API a call belongs to.
type family int

const (
	noFamily family = iota
	standardFamily
	sqlxFamily
	pgxFamily
	docexFamily
)

const (
	standardPath  = "database/sql"
	sqlxPath      = "github.com/jmoiron/sqlx"
	docexPath     = "github.com/docex/docex/driver"
	provisionPath = "github.com/docex/docex/provision"
	docextestPath = "github.com/docex/docex/docextest"
	docexDriver   = "docex" // driver.Name
)

func familyOf(p *types.Package) family {
	if p == nil {
		return noFamily
	}
	switch path := p.Path(); {
	case path == standardPath:
		return standardFamily
	case path == sqlxPath:
		return sqlxFamily
	case path == docexPath:
		return docexFamily
	case strings.HasPrefix(path, "github.com/jackc/pgx/v"), strings.HasPrefix(path, "github.com/jackc/pgconn"):
		return pgxFamily
	case forksSqlx(p):
		return sqlxFamily
	}
	return noFamily
}

// forksSqlx reports whether a package is sqlx under another path, by what only sqlx has.
func forksSqlx(p *types.Package) bool {
	for _, name := range []string{"NamedStmt", "BindNamed", "Rebind", "In"} {
		if p.Scope().Lookup(name) == nil {
			return false
		}
	}
	db := p.Scope().Lookup("DB")
	if db == nil {
		return false
	}
	for _, name := range []string{"Queryx", "NamedExec", "Select"} {
		if method, _, _ := types.LookupFieldOrMethod(types.NewPointer(db.Type()), true, p, name); method == nil {
			return false
		}
	}
	return true
}

// markers is a set of placeholders that a function replaces before PostgreSQL sees the text.
type markers int

const (
	named     markers = 1 << iota // :name
	questions                     // ?
)

// method is what docex vet knows of a function or method by its name. Where its context, its handle and its SQL are
// among the parameters, the types tell.
type method struct {
	with    string  // the form that takes a context; empty for one that does not reach the server
	markers markers // that it replaces
	expands bool    // it returns SQL for others to run
}

// methods are by the name of the form without a context. Tests compare them with the packages themselves.
var methods = map[string]method{
	"Exec": {with: "ExecContext"}, "Query": {with: "QueryContext"}, "QueryRow": {with: "QueryRowContext"},
	"Prepare": {with: "PrepareContext"}, "Stmt": {with: "StmtContext"}, "Begin": {with: "BeginTx"},

	"Queryx": {with: "QueryxContext"}, "QueryRowx": {with: "QueryRowxContext"}, "Preparex": {with: "PreparexContext"},
	"Get": {with: "GetContext"}, "Select": {with: "SelectContext"}, "MustExec": {with: "MustExecContext"},
	"NamedExec": {with: "NamedExecContext", markers: named}, "NamedQuery": {with: "NamedQueryContext", markers: named},
	"PrepareNamed": {with: "PrepareNamedContext", markers: named}, "NamedStmt": {with: "NamedStmtContext"},
	"Stmtx": {with: "StmtxContext"}, "Beginx": {with: "BeginTxx"}, "MustBegin": {with: "MustBeginTx"},

	"In": {markers: questions, expands: true}, "Rebind": {markers: questions, expands: true},
	"Named": {markers: named | questions, expands: true}, "BindNamed": {markers: named, expands: true},

	"Queue": {}, "ExecParams": {}, "SendPrepare": {}, "SendQueryParams": {}, // pgx.Batch, pgconn.PgConn, pgconn.Pipeline

	"SendBatch": {with: "SendBatch"}, "CopyFrom": {with: "CopyFrom"}, "CopyTo": {with: "CopyTo"}, // package driver
}

// withContext are the same methods by the name of the other form.
var withContext = func() map[string]method {
	m := map[string]method{}
	for _, method := range methods {
		if method.with != "" {
			m[method.with] = method
		}
	}
	return m
}()

// databaseMethod returns what is known of fn, when it is a function or method of one of the families, or a method of an
// interface that returns one of their types.
func databaseMethod(fn *types.Func) (method, family, bool) {
	m, ok := methods[fn.Name()]
	if !ok {
		if m, ok = withContext[fn.Name()]; !ok {
			return method{}, noFamily, false
		}
	}
	of := familyOf(fn.Pkg())
	if receiver := fn.Signature().Recv(); of == noFamily && receiver != nil && types.IsInterface(receiver.Type()) {
		of = resultFamily(fn.Signature())
	}
	if m.expands && of != sqlxFamily { // sql.Named is something else
		of = noFamily
	}
	return m, of, of != noFamily
}

// results are the types that statements have, and others (sql.NullString) have not.
var results = []string{"Result", "Rows", "Row", "Stmt", "Tx", "CommandTag", "BatchResults", "StatementDescription"}

// resultFamily returns the family of the first result that has one.
func resultFamily(s *types.Signature) family {
	for v := range s.Results().Variables() {
		t := v.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if n, ok := types.Unalias(t).(*types.Named); ok && slices.Contains(results, n.Obj().Name()) {
			if of := familyOf(n.Obj().Pkg()); of != noFamily {
				return of
			}
		}
	}
	return noFamily
}
