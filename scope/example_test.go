package scope_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/docex/docex/scope"
)

func ExampleWith() {
	ctx := scope.With(context.Background(), scope.UserContext{
		UserID:   "u-17",
		TenantID: "acme",
		Roles:    []string{"clerk"},
	})
	uc, err := scope.From(ctx)
	fmt.Println(uc.UserID, uc.TenantID, uc.Roles, err)
	// Output: u-17 acme [clerk] <nil>
}

func ExampleFrom_missing() {
	_, err := scope.From(context.Background())
	fmt.Println(errors.Is(err, scope.ErrNoUserContext))
	// Output: true
}

func ExampleSchemaName() {
	name, _ := scope.SchemaName("acme")
	fmt.Println(name)
	_, err := scope.SchemaName("Acme Inc.")
	fmt.Println(err)
	// Output:
	// tenant_acme
	// docex: invalid tenant id: 'A' at offset 0 (lower-case a-z, 0-9, '-' and '_'; a letter or digit first)
}

// An id that comes from outside is checked before a tenant is made or looked for.
func ExampleValidateTenantID() {
	for _, id := range []string{"acme", "Acme", "$system"} {
		err := scope.ValidateTenantID(id)
		fmt.Println(id, err == nil, errors.Is(err, scope.ErrSystemTenant))
	}
	// Output:
	// acme true false
	// Acme false false
	// $system false true
}
