package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// mayImport reads the installation and says what is in the way.
func (p *Provisioner) mayImport(
	ctx context.Context, tx *sql.Tx, t Tenant, m Manifest, o ImportOptions,
) (installation, error) {
	if _, err := tx.ExecContext(ctx, noTimeouts); err != nil {
		return installation{}, err
	}
	unlabelled := t
	unlabelled.DDLVersion = "" // the label is keepImported's
	in, err := p.checkConflicts(ctx, tx, unlabelled)
	if o.Restore && (err == nil || errors.Is(err, ErrTenantExists)) {
		err = p.checkRestorable(ctx, tx, in, t, m)
	}
	if err != nil {
		return in, err
	}
	if err := in.checkLogins(p.cfg); err != nil {
		return in, err
	}
	return in, checkExtensions(ctx, tx, m.Extensions)
}

// checkRestorable: the tenant was dropped here, and the archive is of it. What else is in its way is met when it is
// made.
func (p *Provisioner) checkRestorable(ctx context.Context, tx *sql.Tx, in installation, t Tenant, m Manifest) error {
	dropped, err := p.row(ctx, tx, t.ID)
	switch {
	case err != nil:
		return err
	case dropped.State != Dropped:
		return fmt.Errorf("%w (%s): an archive does not replace a tenant that is there; drop it, or import under another id",
			ErrTenantExists, dropped.State)
	case m.Tenant.ID != t.ID:
		return archiveError("it is of tenant %q", m.Tenant.ID)
	}
	_, ours, err := p.exported(ctx, tx, t.ID, m.Archive.SHA256)
	if err != nil {
		return err
	}
	if !ours {
		return archiveError("it was not exported from this tenant in this database, as its audit log has it; " +
			"import it under another id")
	}
	return p.checkOpenSchemas(ctx, tx, in)
}

// freeRole finds a role for a tenant that is restored. A Drop leaves the old one to a copy of the database, which knows
// it. When none does any more it is dropped. Otherwise t gets a role as out of the reserve.
func (p *Provisioner) freeRole(
	ctx context.Context, tx *sql.Tx, s strategy, in installation, t *Tenant,
) error {
	if err := dropRole(ctx, tx, t.Role); err != nil {
		return err
	}
	taken, err := roleThere(ctx, tx, t.Role)
	if err != nil || !taken {
		return err
	}
	names, err := p.reserveNames(ctx, tx, in, 1)
	if err != nil {
		return err
	}
	t.Role = names[0]
	_, err = tx.ExecContext(ctx, createRole(s, *t)+"; "+in.grantMembership(*t, in.holder()))
	return boundaryError(*t, err)
}
