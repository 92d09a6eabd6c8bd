package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"

	"github.com/docex/docex/scope"
)

var (
	//go:embed sql/objects/locks.sql
	locksSQL string
	//go:embed sql/objects/batch.sql
	batchSQL string
)

// lockShare is the part of the server's lock table that one transaction of Drop may fill. The table belongs to
// everybody: when it is full, the others' statements fail.
const lockShare = 4

// Drop deletes a suspended tenant's schema with all its data, and its role. confirmID must repeat id. The registry row
// stays as a tombstone, so the id cannot be created again; [Provisioner.Import] can restore it from its own archive.
//
// The server takes a lock for each object, and keeps it until the commit. A schema that needs more than a quarter of
// the server's lock table, some hundred tables with the default settings, is therefore dropped in several transactions.
// It is in state [Dropping] meanwhile, and there is no way back; after an error or a crash call Drop again. A smaller
// one goes whole or not at all.
//
// The error matches [ErrNotConfirmed], [ErrTenantActive] for a tenant that is not suspended,
// scope.ErrTenantNotProvisioned for one that is unknown or dropped already, [ErrDrift] for a large one whose role has
// rights elsewhere, a *[DependentsError] for one whose schema is needed by objects outside it, and otherwise as for
// Suspend. These refusals change nothing; a drop that has begun in several transactions stays where it is.
func (p *Provisioner) Drop(ctx context.Context, id, confirmID string) error {
	return wrap("drop", id, p.dropAll(ctx, id, confirmID))
}

func (p *Provisioner) dropAll(ctx context.Context, id, confirmID string) error {
	if err := scope.ValidateTenantID(id); err != nil {
		return err
	}
	a := &action{name: "drop", tenant: id}
	var most int64 // zero: it is dropped
	err := p.act(ctx, a, func(tx *sql.Tx) (err error) {
		most, err = p.beginDrop(ctx, tx, a, confirmID)
		return err
	})
	if err != nil || most == 0 {
		return err
	}
	for more := true; more; {
		err := p.lockedOn(ctx, p.db, id, func(tx *sql.Tx) (err error) {
			more, err = p.dropBatch(ctx, tx, id, most)
			return err
		})
		if err != nil {
			return p.recordError(ctx, p.db, *a, err)
		}
	}
	a.detail = "finished"
	return p.act(ctx, a, func(tx *sql.Tx) error {
		_, t, err := p.dropping(ctx, tx, id)
		if err == nil {
			err = checkNothingOutside(ctx, tx, t.Schema)
		}
		if err != nil {
			return err
		}
		return p.drop(ctx, tx, t)
	})
}

// beginDrop drops the tenant, or, when that takes too many locks, marks it and returns how many are to be taken at
// once.
func (p *Provisioner) beginDrop(ctx context.Context, tx *sql.Tx, a *action, confirmID string) (int64, error) {
	in, t, err := p.dropping(ctx, tx, a.tenant)
	switch {
	case err != nil:
		return 0, err
	case t.ID != confirmID:
		return 0, fmt.Errorf("%w: the confirmation must repeat the tenant's id", ErrNotConfirmed)
	case t.State == Active:
		return 0, fmt.Errorf("%w: suspend it first", ErrTenantActive)
	}
	if err := checkNothingOutside(ctx, tx, t.Schema); err != nil {
		return 0, err
	}
	var locks, room int64
	if err := tx.QueryRowContext(ctx, locksSQL, t.Schema).Scan(&locks, &room); err != nil {
		return 0, err
	}
	most := max(room/lockShare, 1)
	if locks <= most {
		return 0, p.drop(ctx, tx, t)
	}
	if err := p.checkRoleDroppable(ctx, tx, in, t); err != nil {
		return 0, err
	}
	a.detail = fmt.Sprintf("begun: %d locks, %d at once", locks, most)
	_, err = tx.ExecContext(ctx, p.system(`UPDATE {{system}}.tenant SET state = 'dropping' WHERE id = $1`), t.ID)
	return most, err
}

// dropping reads a tenant that Drop may go on with.
func (p *Provisioner) dropping(ctx context.Context, tx *sql.Tx, id string) (installation, Tenant, error) {
	in, err := p.installation(ctx, tx)
	if err != nil {
		return in, Tenant{}, err
	}
	t, err := p.row(ctx, tx, id)
	if err == nil && t.State == Dropped {
		err = fmt.Errorf("%w: it was dropped", scope.ErrTenantNotProvisioned)
	}
	return in, t, err
}

// checkRoleDroppable refuses what would keep the role from being dropped in the end, when the data is gone already.
func (p *Provisioner) checkRoleDroppable(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	got, err := p.describeRole(ctx, tx, in, t)
	if err != nil {
		return err
	}
	all, err := p.roleDifferences(ctx, tx, in, t, got)
	if err != nil {
		return err
	}
	var ds []Difference
	for _, d := range all {
		if d.Change == Extra && d.Kind != appTakesRole.kind { // who is a member does not matter
			ds = append(ds, d)
		}
	}
	return driftError(in.named(t, ds))
}

// dropBatch drops some of a tenant's objects and reports whether it found any.
func (p *Provisioner) dropBatch(ctx context.Context, tx *sql.Tx, id string, most int64) (bool, error) {
	_, t, err := p.dropping(ctx, tx, id)
	if err != nil {
		return false, err
	}
	if t.State != Dropping {
		return false, fmt.Errorf("%w: it is %s now", ErrTenantActive, t.State) // the registry was edited meanwhile
	}
	if err := checkNothingOutside(ctx, tx, t.Schema); err != nil { // made since the drop began
		return false, err
	}
	var statements string
	if err := tx.QueryRowContext(ctx, batchSQL, t.Schema, most).Scan(&statements); err != nil || statements == "" {
		return false, err
	}
	_, err = tx.ExecContext(ctx, statements)
	return true, err
}

// drop removes what is there of the tenant: what is gone already is what the caller wants.
func (p *Provisioner) drop(ctx context.Context, tx *sql.Tx, t Tenant) error {
	if _, err := tx.ExecContext(ctx, expand(`DROP SCHEMA IF EXISTS {{schema}} CASCADE`, "schema", t.Schema)); err != nil {
		return err
	}
	if err := dropRole(ctx, tx, t.Role); err != nil {
		return err
	}
	const update = `UPDATE {{system}}.tenant SET state = 'dropped', dropped_at = now() WHERE id = $1`
	_, err := tx.ExecContext(ctx, p.system(update), t.ID)
	return err
}

// dropRole removes a tenant's role, with the last database that knows it. Rights that somebody gave it on something
// else in this database are an error, and nothing is dropped.
func dropRole(ctx context.Context, tx *sql.Tx, role string) error {
	if role == "" {
		return nil
	}
	if shared, err := knownElsewhere(ctx, tx, role); err != nil || shared {
		return err
	}
	_, err := tx.ExecContext(ctx, "DROP ROLE IF EXISTS "+quote(role))
	return err
}

// knownElsewhere reports whether another database of the server knows a role too: a copy of this one, made with CREATE
// DATABASE … TEMPLATE, has the same tenants with the same roles.
func knownElsewhere(ctx context.Context, tx *sql.Tx, role string) (known bool, err error) {
	const query = `
SELECT EXISTS (SELECT FROM pg_shdepend AS s JOIN pg_roles AS r ON s.refobjid = r.oid
                WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = $1
                  AND s.dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))`
	err = tx.QueryRowContext(ctx, query, role).Scan(&known)
	return known, err
}
