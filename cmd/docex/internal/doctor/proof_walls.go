package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// provesGuard sends what the driver must refuse.
func provesGuard(ctx context.Context, p *proof) error {
	p.connections(1)
	a := as(ctx, p.a)
	unknown := as(ctx, provision.Tenant{ID: p.a.ID + "-unknown"})
	for _, attempt := range []struct {
		ctx  context.Context
		sql  string
		want error
	}{
		{a, `SELECT marker FROM ` + table(p.b.Schema), guard.ErrDenied},
		{a, `INSERT INTO ` + table(p.b.Schema) + ` VALUES ('intruder')`, guard.ErrDenied},
		{a, `SET search_path = ` + quote(p.b.Schema), guard.ErrDenied},
		{a, `SET ROLE ` + quote(p.b.Role), guard.ErrDenied},
		{a, p.d.sql(`SELECT id FROM {{system}}.tenant`), guard.ErrDenied},
		{ctx, `SELECT marker FROM ` + probe, scope.ErrNoUserContext},
		{unknown, `SELECT marker FROM ` + probe, scope.ErrTenantNotProvisioned},
	} {
		if _, err := p.d.guarded.ExecContext(attempt.ctx, attempt.sql); !errors.Is(err, attempt.want) {
			return fmt.Errorf("%s: the driver should refuse it (%w), and says: %v", attempt.sql, attempt.want, err)
		}
	}
	return p.eachSees(ctx)
}

// provesRoles sends, through a plain connection with the application's login, what only the server can refuse.
func provesRoles(ctx context.Context, p *proof) error {
	if p.a.Role == "" {
		return errThin
	}
	if _, err := p.unguarded(ctx, p.a.Role, `SELECT marker FROM `+table(p.a.Schema)); err != nil {
		// The others would prove nothing.
		return fmt.Errorf("as its own role, tenant %q cannot read its own table: %w", p.a.ID, err)
	}
	for _, attempt := range []struct{ role, sql string }{
		{p.a.Role, `SELECT marker FROM ` + table(p.b.Schema)},
		{p.a.Role, `INSERT INTO ` + table(p.b.Schema) + ` VALUES ('intruder')`},
		{p.a.Role, p.d.sql(`SELECT id FROM {{system}}.tenant`)},
		{"", `SELECT marker FROM ` + table(p.a.Schema)},
		{"", p.d.sql(`SELECT id FROM {{system}}.tenant`)},
		{"", p.d.sql(`UPDATE {{system}}.tenant SET display_name = display_name WHERE false`)},
	} {
		switch done, err := p.unguarded(ctx, attempt.role, attempt.sql); {
		case isRefused(err):
		case err != nil:
			return err
		case done && p.d.thin != "" && attempt.role == "":
			return errThin
		default:
			return fmt.Errorf("%s: the server lets the application do it as %s", attempt.sql, whom(attempt.role, p.d.login))
		}
	}
	return nil
}

func whom(role, login string) string {
	if role == "" {
		return fmt.Sprintf("%q, which is pinned to no tenant", login)
	}
	return fmt.Sprintf("role %q", role)
}

// unguarded runs a statement as a role and rolls it back. It may run through a pooler: nothing outlasts the
// transaction.
func (p *proof) unguarded(ctx context.Context, role, statement string) (done bool, err error) {
	tx, err := p.d.plain.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	if role != "" {
		if _, err := tx.ExecContext(ctx, `SET LOCAL ROLE `+quote(role)); err != nil {
			// Not a refusal that proves anything.
			return false, fmt.Errorf("the application may not become role %q: %v", role, err)
		}
	}
	_, err = tx.ExecContext(ctx, statement)
	return err == nil, err
}

// isRefused reports whether the server said "insufficient privilege" (PostgreSQL manual, appendix A).
func isRefused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42501"
}
