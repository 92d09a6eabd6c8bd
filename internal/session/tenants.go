package session

import (
	"context"
	"fmt"

	"github.com/docex/docex/internal/pgerr"
	"github.com/docex/docex/internal/wire"
	"github.com/docex/docex/internal/wire/script"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// TenantPage is how many ids ActiveTenants returns at most.
const TenantPage = 1000

// ActiveTenants returns the ids of active tenants that sort behind after, byte by byte, in that order; fewer than
// TenantPage are the last. after is "" or an id of the page before.
//
// It is the one question that needs no UserContext. Its text is docex's own: what the server has answered, and no word
// of a caller's, is in it. The session leaves its tenant for that one transaction only, so it stays as it is pinned. A
// session that is gone gives [ErrGone]; another one may be asked.
func (s *Session) ActiveTenants(ctx context.Context, after string) ([]string, error) {
	op := Operation{Request: Request{Op: "tenants"}}
	if s.state.Unsure {
		return nil, ErrGone
	}
	s.settle()
	if err := s.usable(); err != nil {
		return nil, s.wrap(&op, err)
	}
	rows, err := s.runText(ctx, s.shared.askTenants(after))
	switch {
	case err != nil && s.conn.PgConn().IsClosed() && ctx.Err() == nil:
		return nil, ErrGone
	case err != nil:
		return nil, s.misdirected(ctx, tenantsRefused(&op, err))
	}
	ids, err := tenantIDs(rows, after)
	if err != nil {
		return nil, s.wrap(&op, err)
	}
	return ids, nil
}

// askTenants leaves the tenant's role, which may not ask, until the transaction of the text ends.
func (s *Shared) askTenants(after string) string {
	call := pgx.Identifier{s.SystemSchema, "active_tenants"}.Sanitize()
	leave := "SELECT " + s.txs.set("role", "'none'") + ", " + s.txs.set("docex.tenant_id", "''")
	ask := script.New("", fmt.Sprintf("SELECT t.id FROM %s($1, %d) AS t", call, TenantPage), leave)
	return wire.Pin{Script: ask, Values: []string{after}}.Text()
}

// tenantIDs reads the rows behind the first, which is that of leaving the tenant. Ids that do not rise would never end.
func tenantIDs(rows [][][]byte, after string) ([]string, error) {
	if len(rows) == 0 {
		return nil, errNoTenants
	}
	ids := make([]string, 0, len(rows)-1)
	for _, row := range rows[1:] {
		if len(row) != 1 || string(row[0]) <= after || scope.ValidateTenantID(string(row[0])) != nil {
			return nil, errNoTenants
		}
		after = string(row[0])
		ids = append(ids, after)
	}
	return ids, nil
}

// tenantsRefused says what the server's refusal means.
func tenantsRefused(op *Operation, err error) error {
	refusal := &Error{Op: op.Op, Err: err}
	switch {
	case pgerr.Is(err, "3F000", "42P01"): // invalid_schema_name, or undefined_table as on a worker of Citus
		refusal.Err, refusal.Cause = scope.ErrNotInitialized, err
	case pgerr.Is(err, "42883"): // undefined_function: a system schema before version 5
		refusal.Err, refusal.Cause = scope.ErrUpgradeRequired, err
	case pgerr.Is(err, "42501"): // insufficient_privilege
		refusal.Err, refusal.Cause = errTenantsNotGranted, err
	}
	return refusal
}
