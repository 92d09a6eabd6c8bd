package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
)

// attempt is something that must not work.
type attempt struct {
	what  string
	ctx   context.Context
	query string
	args  []any
	want  error // what the refusal matches with errors.Is
}

// detour is a pgx.QueryRewriter that sends another statement than the one it was given.
type detour struct{ query string }

func (d detour) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return d.query, nil, nil
}

func attempts(ctx context.Context) []attempt {
	const listAll, other = `SELECT name FROM document`, `SELECT name FROM "tenant_globex".document`
	acme := as(ctx, "acme")
	return []attempt{
		{"no UserContext", ctx, listAll, nil, scope.ErrNoUserContext},
		{"a tenant that nobody created", as(ctx, "hooli"), listAll, nil, scope.ErrTenantNotProvisioned},
		{"a suspended tenant", as(ctx, "initech"), listAll, nil, scope.ErrTenantSuspended},
		{"the system tenant", as(ctx, scope.SystemTenantID), listAll, nil, scope.ErrSystemTenant},
		{"globex's documents", acme, other, nil, guard.ErrDenied},
		{"the registry of tenants", acme, `SELECT id FROM docex_system.tenant`, nil, guard.ErrDenied},
		{"moving to another schema", acme, `SET search_path = tenant_globex`, nil, guard.ErrDenied},
		{"a function that runs text as SQL", acme,
			`SELECT query_to_xml('SELECT name FROM tenant_globex.document', true, true, '')`, nil, guard.ErrDenied},
		{"a rewriter that swaps the statement", acme, listAll, []any{detour{other}}, guard.ErrDenied},
	}
}

// refusals tries each attempt as acme, or as whoever it says, and prints what came back.
func refusals(ctx context.Context, out io.Writer, db *sqlx.DB) error {
	fmt.Fprintln(out)
	fmt.Fprintln(out, "What follows is tried and refused:")
	for _, a := range attempts(ctx) {
		rows, err := db.QueryContext(a.ctx, a.query, a.args...)
		if err == nil {
			return errors.Join(fmt.Errorf("%s was not refused", a.what), rows.Close())
		}
		if !errors.Is(err, a.want) {
			return fmt.Errorf("%s: refused for another reason than %q: %w", a.what, a.want, err)
		}
		fmt.Fprintf(out, "\n  %s\n     %s\n", a.what, wrap(err.Error()))
	}
	return nil
}
