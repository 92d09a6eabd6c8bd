package guard_test

import (
	"errors"
	"fmt"
	"slices"

	"github.com/docex/docex/guard"
)

func ExampleDenial_Explain() {
	g, err := guard.New(guard.Policy{})
	if err != nil {
		fmt.Println(err)
		return
	}
	query := `SELECT d.name
  FROM document d
  JOIN tenant_globex.contract c USING (id) WHERE c.client = 'Stromberg'`
	var denial *guard.Denial
	if errors.As(g.Check("tenant_acme", query), &denial) {
		fmt.Println(denial.Explain(query))
	}
	// Output:
	// docex: guard: foreign-schema: tenant_globex.contract at line 3 column 8
	//
	//     JOIN tenant_globex.contract c USING (id) WHERE c.client = '…'
	//          ^
	//
	// reason: it is outside the tenant's schema
	// instead: leave the schema out to mean the tenant's own; Policy.SharedSchemas and Policy.ExtensionSchemas open others
}

func ExampleGuard_Check() {
	g, err := guard.New(guard.Policy{SharedSchemas: []string{"ref"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, query := range []string{
		`SELECT d.name, c.name FROM document d JOIN ref.country c ON c.code = d.country`,
		`UPDATE ref.country SET name = 'Erewhon'`,
		`SELECT name FROM tenant_globex.document`,
		`SET search_path = tenant_globex`,
	} {
		err := g.Check("tenant_acme", query)
		var denial *guard.Denial
		if errors.As(err, &denial) {
			fmt.Printf("%s: %s, line %d column %d\n", denial.Rule, denial.Object, denial.Line, denial.Column)
			continue
		}
		fmt.Println("allowed")
	}
	// Output:
	// allowed
	// shared-read-only: ref.country, line 1 column 8
	// foreign-schema: tenant_globex.document, line 1 column 18
	// setting: search_path, line 1 column 1
}

// What a driver must know of a statement that may run.
func ExampleGuard_Inspect() {
	g, err := guard.New(guard.Policy{AllowSettings: []string{"work_mem"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	effects, err := g.Inspect("tenant_acme", "SET work_mem = '64MB'")
	fmt.Println(effects.Statements, effects.SetsSession, err)
	// Output: 1 true <nil>
}

// Tenants that have functions of their own may call them by their bare names.
func ExampleGuard_WithFunctions() {
	g, err := guard.New(guard.Policy{})
	if err != nil {
		fmt.Println(err)
		return
	}
	own := g.WithFunctions(func(schema, name string) bool { return schema == "tenant_acme" && name == "shout" })
	for _, schema := range []string{"tenant_acme", "tenant_globex"} {
		err := own.Check(schema, "SELECT shout(name) FROM document")
		fmt.Println(schema, errors.Is(err, guard.ErrDenied))
	}
	// Output:
	// tenant_acme false
	// tenant_globex true
}

// Statements are counted without their constants, and without showing them.
func ExampleFingerprint() {
	a := guard.Fingerprint("SELECT name FROM document WHERE client = 'Stromberg'")
	b := guard.Fingerprint("SELECT name FROM document WHERE client = 'Acme' -- another one")
	fmt.Println(len(a), a == b)
	// Output: 16 true
}

// A check at start that the server has a version of an extension whose functions were reviewed.
func ExampleReviewedVersions() {
	fmt.Println(slices.Contains(guard.ReviewedVersions("pg_trgm"), "1.6"))
	fmt.Println(guard.ReviewedVersions("dblink"))
	// Output:
	// true
	// []
}
