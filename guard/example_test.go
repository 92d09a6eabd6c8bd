package guard_test

import (
	"errors"
	"fmt"

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
