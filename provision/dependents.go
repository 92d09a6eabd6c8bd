package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed sql/objects/outside.sql
var outsideSQL string

// maxDependents bounds how many objects a DependentsError's message names.
const maxDependents = 20

// DependentsError says which objects outside a tenant's schema need something in it, so that DROP SCHEMA … CASCADE
// would delete them too: a view over several tenants' tables, a foreign key of another schema's table. It matches
// [ErrDrift].
type DependentsError struct {
	Objects []string // at least one: kind and name with the schema, such as "view public.totals"; sorted
}

func (e *DependentsError) Error() string {
	shown, more := e.Objects, ""
	if n := len(shown) - maxDependents; n > 0 {
		shown, more = shown[:maxDependents], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%v: objects outside the schema depend on it; drop or detach them first: %s%s",
		ErrDrift, strings.Join(shown, ", "), more)
}

// Is reports whether target is ErrDrift.
func (e *DependentsError) Is(target error) bool { return target == ErrDrift }

// checkNothingOutside returns a *DependentsError when objects outside a schema would go with it. It takes no locks on
// them: what another session makes between this and the drop is not seen.
func checkNothingOutside(ctx context.Context, tx *sql.Tx, schema string) error {
	objects, err := rowsOf(ctx, tx, itself[string], outsideSQL, schema)
	if err != nil || len(objects) == 0 {
		return err
	}
	return &DependentsError{Objects: objects}
}
