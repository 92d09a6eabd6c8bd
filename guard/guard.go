// Package guard decides whether a tenant may run a statement. The docex driver asks it for every statement; ask it
// yourself in tests, and in tools that look at SQL.
//
// [New] compiles a [Policy]. [Guard.Check] gives the verdict: nil, or a *[Denial] with the rule, the place and what to
// write instead. RULES.md has every [Rule].
//
//	g, err := guard.New(guard.Policy{SharedSchemas: []string{"ref"}})
//	err = g.Check("tenant_acme", "SELECT name FROM tenant_globex.document") // errors.Is(err, guard.ErrDenied)
//
// [Guard.Inspect] adds what a driver must know about the statement. The package is pure: it reads the text, and touches
// no network, no pool and no catalog.
//
// Promise: a statement that is allowed names no object outside the tenant's schema and the schemas that the policy
// lists, and changes no state that outlives its transaction. What the guard does not know is refused. This holds for
// servers of PostgreSQL 15 to 18
//
//   - whose search_path is the tenant's schema, then the policy's SharedSchemas and ExtensionSchemas, then pg_temp;
//   - whose standard_conforming_strings is on and client_encoding UTF8.
//
// Not promised: what happens inside objects that the tenant's schema already holds. Functions, views, triggers, rules
// and column types of its own DDL run with whatever they were written to do. Package provision checks a DDL for
// mistakes.
//
// An unqualified name that the tenant's schema lacks is looked up in the shared schemas. List what they hold in
// Policy.SharedRelations. Otherwise only the server's privileges stop a write to it.
package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// Guard gives verdicts under one policy. It is immutable and safe for concurrent use.
type Guard struct {
	shared          map[string]bool
	sharedRelations map[string]bool
	extensions      map[string]bool
	functions       map[string]bool // TenantFunctions and AllowFunctions
	opened          map[string]bool // Extensions
	settings        map[string]bool
	system          string
	catalog         CatalogLevel
	multi           bool
	limits          text.Limits
	verdicts        *verdicts
	own             func(tenantSchema, name string) bool // nil knows none
}

// WithFunctions returns a Guard with the same policy that asks own about each bare name of a function that neither
// PostgreSQL nor the policy has, and lets the tenant call it when own says true. own must say so only for functions,
// procedures and aggregates of that schema whose name no other schema on the tenant's search_path has. It is called
// with every statement that needs its word, and by several goroutines at once. The two share what they remember.
func (g *Guard) WithFunctions(own func(tenantSchema, name string) bool) *Guard {
	with := *g
	with.own = own
	return &with
}

// Effects says what an allowed statement does to the connection. The zero value belongs to a refused one.
type Effects struct {
	Statements  int      // how many statements the text holds; 0 for an empty one
	Begins      bool     // BEGIN, START TRANSACTION
	Ends        bool     // COMMIT, END, ROLLBACK, ABORT of the whole transaction
	Commits     bool     // COMMIT, END: what the transaction did becomes durable
	Savepoint   bool     // SAVEPOINT, RELEASE, ROLLBACK TO
	SetsTx      bool     // SET TRANSACTION, which must come before the transaction's first query
	SetsSession bool     // a SET or RESET that outlives the transaction (only of Policy.AllowSettings)
	Calls       bool     // CALL: outside a transaction block a procedure may commit, which ends a transaction-scoped pin
	Rightless   bool     // a statement names no relation of the tenant's: it may need no right of the tenant's role to run
	Timeouts    Timeouts // which SET LOCAL sets without the policy's word; who runs the statement asks [Timeouts.Lower]
	Owns        bool     // it is allowed because the function of [Guard.WithFunctions] knows a function that it calls
}

// Check returns nil when a tenant whose schema is tenantSchema (unquoted) may run sql, and a *[Denial] otherwise, for
// which errors.Is(err, [ErrDenied]) holds. It never panics.
func (g *Guard) Check(tenantSchema, sql string) error {
	_, err := g.Inspect(tenantSchema, sql)
	return err
}

// Inspect is [Guard.Check] and says what the statement does. Effects are zero when the error is not nil.
func (g *Guard) Inspect(tenantSchema, sql string) (effects Effects, err error) {
	defer func() {
		if r := recover(); r != nil { // a mistake of the guard's own must refuse, not crash nor allow
			effects, err = Effects{}, &Denial{Rule: RuleInternal, Reason: "the guard itself failed on this statement",
				Hint: "please report it, and write it another way until then"}
		}
	}()
	if d := g.tenantSchema(tenantSchema); d != nil {
		return Effects{}, d
	}
	if known := g.verdicts.exact(g, tenantSchema, sql); known != nil {
		return known.effects, nil
	}
	if known := g.verdicts.alike(g, tenantSchema, sql); known != nil {
		return known.effects, nil
	}
	found, constants, d := g.inspect(tenantSchema, sql)
	if d != nil {
		d.locate(sql)
		return Effects{}, d
	}
	g.verdicts.allow(sql, found, constants)
	return found.effects, nil
}

// inspect parses a text and applies the rules to it. constants says whether a rule looked at what a constant holds.
func (g *Guard) inspect(tenant, sql string) (found verdict, constants bool, d *Denial) {
	facts, err := sqlparse.Parse(sql, g.limits)
	if err != nil {
		return verdict{}, false, parseDenial(sql, err)
	}
	if d := g.multiple(facts); d != nil {
		return verdict{}, false, d
	}
	if d := hints(sql); d != nil {
		return verdict{}, false, d
	}
	for i := range facts.Statements {
		c := check{Guard: g, tenant: tenant, st: &facts.Statements[i]}
		if d := c.run(); d != nil {
			d.Statement = i + 1
			return verdict{}, false, d
		}
		found.effects.add(c.st)
		found.effects.Rightless = found.effects.Rightless || !c.needsRights()
		if c.bound || c.st.Names(tenant) {
			found.schema = tenant
		}
		for i, timeout := range c.timeouts.all() {
			longest := found.effects.Timeouts.all()[i]
			*longest = max(*longest, *timeout)
		}
		found.own = append(found.own, c.owned...)
		found.effects.Owns = len(found.own) > 0
		// The values of settings, options and the like are constants, too.
		constants = constants || c.constants || !isQuery(c.st.Kind)
	}
	return found, constants, nil
}

// add notes what one statement does.
func (e *Effects) add(st *sqlparse.Statement) {
	e.Statements++
	switch st.Kind {
	case sqlparse.KindBegin:
		e.Begins = true
	case sqlparse.KindCommit, sqlparse.KindRollback:
		e.Ends = true
		e.Commits = e.Commits || st.Kind == sqlparse.KindCommit
	case sqlparse.KindSavepoint:
		e.Savepoint = true
	case sqlparse.KindSetTx:
		e.SetsTx = true
	case sqlparse.KindCall:
		e.Calls = true
	case sqlparse.KindSet:
		for _, s := range st.Settings {
			e.SetsSession = e.SetsSession || !s.Local
		}
	}
}

// needsRights reports whether the server checks a right in the tenant's schema whenever the statement runs. It does so
// for each relation, and for a procedure. A statement that ends a transaction is let through in any case: what it ends
// was begun with the rights.
func (c *check) needsRights() bool {
	switch c.st.Kind {
	case sqlparse.KindCall, sqlparse.KindCommit, sqlparse.KindRollback, sqlparse.KindSavepoint:
		return true
	}
	for i := range c.st.Relations {
		if r := &c.st.Relations[i]; r.Schema == c.tenant || r.Parts == 1 && !strings.HasPrefix(r.Name.Name, "pg_") &&
			!extensionView(r.Name.Name) && !c.sharedRelations[r.Name.Name] {
			return true
		}
	}
	return false
}

// tenantSchema refuses names that can be no tenant's. A tenant's schema that is shared as well would make shared tables
// writable.
func (g *Guard) tenantSchema(name string) *Denial {
	if err := validSchema(name); err != nil {
		return &Denial{Rule: RuleTenantSchema, Reason: "the tenant's schema " + err.Error(),
			Hint: "pass the schema that the registry of tenants has for the tenant"}
	}
	if g.shared[name] || g.extensions[name] {
		return &Denial{Rule: RuleTenantSchema, Reason: "the tenant's schema is also one that the policy opens to all tenants",
			Hint: "take it out of Policy.SharedSchemas and Policy.ExtensionSchemas"}
	}
	return nil
}

// multiple refuses several statements in one text, unless the policy allows it, and transaction control among them
// always: BEGIN or COMMIT inside a string would end or escape the transaction that the driver's pin belongs to.
func (g *Guard) multiple(facts *sqlparse.Facts) *Denial {
	if len(facts.Statements) < 2 {
		return nil
	}
	if !g.multi {
		return &Denial{Rule: RuleMultiStatement, Statement: 2, Offset: facts.Statements[1].Offset,
			Reason: "the text holds more than one statement",
			Hint:   "send one statement at a time, or set Policy.MultiStatement"}
	}
	for i, st := range facts.Statements {
		switch st.Kind {
		case sqlparse.KindBegin, sqlparse.KindCommit, sqlparse.KindRollback, sqlparse.KindSavepoint:
			return &Denial{Rule: RuleMultiStatement, Statement: i + 1, Offset: st.Offset, Object: kindNames[st.Kind],
				Reason: "a statement that begins or ends a transaction or savepoint must be alone in its text",
				Hint:   "use BeginTx of database/sql, or send it by itself"}
		}
	}
	return nil
}
