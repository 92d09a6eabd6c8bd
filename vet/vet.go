// Package vet finds, in Go programs that use docex or are to be switched to it, what docex would refuse at run time.
// The entry point is [Analyzer], for golangci-lint and for go vet; [New] makes one for another policy, and `docex vet`
// runs it.
//
// It reports five things. SQL constants that the guard refuses, at the place inside the literal. Calls that pass no
// context, or one that can hold no UserContext: they give scope.ErrNoUserContext. Handles that go around docex, such as
// sql.Open("pgx", …). What compiles after a change from lib/pq and works no more, such as err.(*pq.Error). With
// [Config.Dynamic], SQL that is no constant. A diagnostic has a suggested fix where one can be made by rote.
//
// It reads the calls of database/sql, sqlx and pgx, and of interfaces whose methods return their types (such as DBTX in
// the code that sqlc makes). A comment on the line, or alone above the line, the declaration or the package clause
// of a file accepts what is found there, and gives the reason:
//
//	//docex:admin creates tenants            the handle made or declared here is an administrator's
//	//docex:ignore runs before the switch    any finding
//
// A handle that driver.Bind returns needs no context. It is followed through variables, fields, parameters, returns and
// closures of the package, and through the fields and functions of other packages that are looked at. A handle that is
// sometimes another one stays flagged, and so does a parameter of a function that other packages may call. A comment
// without a reason says what cannot be seen, for a field, parameter, variable, type, or what a function returns:
//
//	db *sqlx.DB //docex:bound
//
// For go vet, build a program with the example as its main function, and pass it as -vettool. go vet calls its flags
// -docexvet.policy and so on. With -fix it applies the suggested fixes.
//
// Promise: a constant that is given to one of these calls gets the verdict of the guard, for the text that sqlx and pgx
// make of their named parameters, unless a comment accepts the call or its handle, or a pgx.QueryRewriter replaces it.
//
// Not promised: that a program without findings is never refused, or goes around docex nowhere. This is a linter and no
// wall: SQL that is put together at run time is not followed, nor are calls through function values. The order
// of assignments does not count. The walls are the driver and the server.
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
		fixes: map[Finding]analysis.SuggestedFix{}}
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
