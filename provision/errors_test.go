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
