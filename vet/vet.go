// Package vet finds, in Go programs that use docex or are to be switched to it, what docex would refuse at run time.
//
// Run it as `docex vet ./...`, as a linter of golangci-lint, or by go vet -vettool. docs/vet.md says how, and what it
// finds. [Analyzer] is the analyzer that all of them run; [New] makes one for another policy.
//
// It reports SQL constants that the guard refuses, calls without a UserContext in their context, handles that go around
// docex, and what compiles after a change from lib/pq and works no more. With [Config.Dynamic] it reports SQL that is
// no constant. A diagnostic has a suggested fix where one can be made by rote.
//
// Comments accept what is right, and need a reason; //docex:bound says what cannot be seen, and needs none:
//
//	//docex:admin creates tenants            the handle made or declared here is an administrator's
//	//docex:ignore runs before the switch    any finding
//	db *sqlx.DB //docex:bound                a handle of driver.Bind
//
// Promise: a constant that is given to a call of database/sql, sqlx or pgx gets the verdict of the guard, for the text
// that sqlx and pgx make of their named parameters. Exceptions: a comment accepts the call or its handle, or a
// pgx.QueryRewriter replaces the text.
//
// Not promised: that a program without findings is never refused, or goes around docex nowhere. This is a linter and no
// wall. SQL that is put together at run time is not followed, nor are calls through function values. The order of
// assignments does not count. The walls are the driver and the server.
package vet

import (
	"reflect"
	"sync"

	"golang.org/x/tools/go/analysis"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
)

// DefaultTenantSchema stands for the schema of whichever tenant a statement will run for. No tenant should have it.
const DefaultTenantSchema = "tenant_docex_check"

// Config says how to judge. The zero value is the strictest policy.
type Config struct {
	Policy       guard.Policy // by which SQL is judged; the zero value is the strictest
	TenantSchema string       // default DefaultTenantSchema; SQL that names another schema is refused
	Dynamic      bool         // report SQL that is no constant, too
}

// Analyzer judges by the strictest policy, or by that of the docex.yaml which its flag -policy names.
var Analyzer = New(Config{})

// New returns an analyzer with settings of its own, which its flags (policy, tenant-schema, dynamic) replace. A policy
// that guard.New refuses fails its runs. The result of a run is a slice of [Finding].
func New(cfg Config) *analysis.Analyzer {
	if cfg.TenantSchema == "" {
		cfg.TenantSchema = DefaultTenantSchema
	}
	s := &settings{Config: cfg}
	a := &analysis.Analyzer{
		Name:       "docexvet",
		Doc:        "report SQL, contexts and database handles that docex would refuse or not guard",
		URL:        "https://pkg.go.dev/github.com/docex/docex/vet",
		Run:        s.run,
		ResultType: reflect.TypeFor[[]Finding](),
		FactTypes:  []analysis.Fact{new(boundFact)},
	}
	a.Flags.StringVar(&s.file, "policy", "",
		"take the policy from this docex.yaml (go vet wants an absolute path); the strictest without")
	a.Flags.StringVar(&s.TenantSchema, "tenant-schema", cfg.TenantSchema, "schema that stands for the tenant's own")
	a.Flags.BoolVar(&s.Dynamic, "dynamic", cfg.Dynamic, "report SQL that is no constant")
	return a
}

// settings are an analyzer's. Runs of several packages share them, concurrently.
type settings struct {
	Config
	file string

	once  sync.Once // makes what follows, after the flags are set
	guard *guard.Guard
	err   error
}

func (s *settings) makeGuard() {
	if s.file != "" {
		if s.Policy, s.err = config.LoadPolicy(s.file); s.err != nil {
			return
		}
	}
	s.guard, s.err = guard.New(s.Policy)
}

func (s *settings) run(a *analysis.Pass) (any, error) {
	if s.once.Do(s.makeGuard); s.err != nil {
		return nil, s.err
	}
	if a.TypesInfo == nil { // a dependency of which only the types are known
		return []Finding(nil), nil
	}
	p := &pass{Pass: a, settings: s, flow: newFlow(a.TypesInfo, a.Files),
		inflow: newInflow(a.TypesInfo, a.Files), directives: newDirectives(a),
		fixes: map[Finding]analysis.SuggestedFix{}, elsewhere: elsewhere(a)}
	p.wrapped = p.wrappedConnectors()
	p.found = append(p.found, p.directives.wrong...)
	p.eachCall(p.call)
	p.checkLibPQ()
	p.exportFacts()
	found := p.sorted()
	for _, f := range found {
		d := analysis.Diagnostic{Pos: f.Pos, End: f.End, Category: string(f.Category), Message: f.String()}
		if fix, ok := p.fixes[f]; ok {
			d.SuggestedFixes = []analysis.SuggestedFix{fix}
		}
		a.Report(d)
	}
	return found, nil
}
