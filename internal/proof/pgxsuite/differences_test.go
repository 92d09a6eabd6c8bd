package pgxsuite

import "github.com/docex/docex/internal/proof/pgxsuite/stdlib"

// difference is a test of pgx's that ends otherwise with docex, and why that is right.
type difference struct {
	test  string
	in    func(way) bool
	shows string // is in what the test prints
	why   string
}

func always(way) bool      { return true }
func byBind(w way) bool    { return w.name == stdlib.Bind }
func byWrap(w way) bool    { return w.name == stdlib.Wrap }
func notByWrap(w way) bool { return w.name != stdlib.Wrap }
func guarded(w way) bool   { return w.guarded }
func unguarded(w way) bool { return !w.guarded }

var differences = []difference{
	{"TestConnRaw", always, "is not pgx's connection",
		"docex hides pgx's connection, a way around the guard"},
	{"TestCheckIdleConn", always, "is not pgx's connection",
		"the same; package driver has tests of its own for connections that died in the pool"},
	{"TestRegisterConnConfig", notByWrap, "docex: open: cannot parse",
		"the test opens a name that is registered with pgx's driver; such a configuration is for driver.Wrap"},
	{"TestRegisterConnConfig", byWrap, "/* acme */",
		"a text ends in the tenant's comment, which a tracer of pgx's sees"},

	{"TestConnMultiplePrepareAndDeallocate", unguarded, "got 0, want 1",
		"the test looks for its text in pg_prepared_statements, where it ends in the tenant's comment"},
	{"TestOptionBeforeAfterConnect", byBind, "1 elements, want 2",
		"the test has the handle keep no connection; it is the handle behind the bound one that keeps them"},

	{"TestConnMultiplePrepareAndDeallocate", guarded, "guard: system-catalog: pg_prepared_statements",
		"the view shows what other tenants have left on the connection; unguarded, the test passes"},
	{"TestConnQueryFailure", guarded, "guard: syntax",
		"what does not parse is refused before it reaches the server; unguarded, its error is pgx's"},
	{"TestConnQueryJSONIntoByteSlice", guarded, "guard: multi-statement",
		"Policy.MultiStatement is off by default"},
	{"TestStmtExecContextCancel", guarded, "guard: function: pg_sleep",
		"the guard refuses the function; unguarded, the statement is cancelled as in pgx"},
}

const ()
