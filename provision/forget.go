package provision

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/docex/docex/scope"
)

// Forget removes from the system schema what may name the customer behind a dropped tenant: its display name, which
// becomes its id, and what its entries in the audit log say beyond who did what, when, and how it ended. Such a detail
// becomes the word "forgotten". It may hold names, such as those of a rename, an adopted schema, or an error of the
// server's that quotes a row. The details of creating, suspending, resuming and dropping it hold none and stay.
//
// The id stays, so that it is not given out again, and so do the actors of the entries, and reasons of
// [ForEachOptions], which are about several tenants. Forgetting a tenant again is no error: it removes what came since.
// The change is an entry of its own, without the name. PostgreSQL keeps old rows in the files of the tables until
// VACUUM has run.
//
// The error matches [ErrTenantActive] for a tenant that is not dropped, scope.ErrTenantNotProvisioned for an id that
// was never given out, [ErrNotInitialized] or [ErrEnvironmentMismatch].
func (p *Provisioner) Forget(ctx context.Context, id string) error {
	return wrap("forget", id, p.forget(ctx, id))
}

func (p *Provisioner) forget(ctx context.Context, id string) error {
	if err := scope.ValidateTenantID(id); err != nil {
		return err
	}
	a := &action{name: "forget", tenant: id}
	return p.act(ctx, a, func(tx *sql.Tx) error {
		if _, err := p.installation(ctx, tx); err != nil {
			return err
		}
		t, err := p.row(ctx, tx, id)
		if err != nil {
			return err
		}
		if t.State != Dropped {
			return fmt.Errorf("%w: it is %s; drop it first", ErrTenantActive, t.State)
		}
		if err := p.record(ctx, tx, *a, Done); err != nil { // first: the trigger of the log looks for it
			return err
		}
		a.recorded = true
		return p.eraseNames(ctx, tx, id)
	})
}

// eraseNames leaves the details that this package writes from what has no name in it.
func (p *Provisioner) eraseNames(ctx context.Context, tx *sql.Tx, id string) error {
	const rename = `UPDATE {{system}}.tenant SET display_name = id WHERE id = $1`
	if _, err := tx.ExecContext(ctx, p.system(rename), id); err != nil {
		return err
	}
	const erase = `
UPDATE {{system}}.audit SET detail = 'forgotten'
 WHERE tenant_id = $1 AND detail NOT IN ('', 'forgotten')
   AND NOT (outcome = 'done' AND action IN ('create', 'suspend', 'resume', 'drop'))`
	_, err := tx.ExecContext(ctx, p.system(erase), id)
	return err
}
