package provision

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestErrorText(t *testing.T) {
	pg := &pgconn.PgError{Severity: "ERROR", Code: codeInsufficientPrivilege, Message: "permission denied"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{wrap("create", "acme", ErrTenantExists), `docex: provision: create: tenant "acme": tenant exists`},
		{wrap("init", "", fmt.Errorf("%w: more", ErrAppRole)), `docex: provision: init: unsuitable application role: more`},
		{wrap("get", "a\n", pg),
			`docex: provision: get: tenant "a\n": insufficient privileges: ERROR: permission denied (SQLSTATE 42501)`},
		{wrap("many", "", wrap("one", "acme", ErrTenantExists)), `docex: provision: many: one: tenant "acme": tenant exists`},
		{wrap("many", "", fmt.Errorf("1 of 2 failed: %w", wrap("one", "acme", fmt.Errorf("%w: %w", ErrDrift, ErrNoRole)))),
			`docex: provision: many: 1 of 2 failed: one: tenant "acme": the database differs from the registry: ` +
				`a role is missing`},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
	err := wrap("get", "a", pg)
	var got *pgconn.PgError
	if !errors.As(err, &got) || got != pg || !errors.Is(err, ErrPrivileges) {
		t.Errorf("%v hides the server's error or lacks the sentinel", err)
	}
	if wrap("get", "a", nil) != nil || errors.Is(wrap("get", "a", context.Canceled), ErrPrivileges) {
		t.Error("wrap invents an error")
	}
}
