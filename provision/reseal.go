package provision

import (
	"context"
	"database/sql"
	"fmt"
)

// Reseal records a tenant's schema as it is now, together with the digest and version of the Provisioner's DDL, as what
// the tenant should be from now on. It is for after a change that was made on purpose, outside docex and off line, or
// after an upgrade of the server, and changes nothing but the record, and who may write in [Config.ReadOnlyTables]. It
// returns the differences to the previous record, all of which it has accepted; look at them.
//
// What is wrong with the tenant's role is not accepted: then nothing is recorded, and the error is a *[DriftError]. The
// errors are otherwise those of [Provisioner.Verify].
func (p *Provisioner) Reseal(ctx context.Context, id string) ([]Difference, error) {
	var accepted []Difference
	err := p.change(ctx, "reseal", id, func(tx *sql.Tx, in installation, t Tenant) (detail string, err error) {
		detail, accepted, err = p.resealIn(ctx, tx, in, t)
		return detail, err
	})
	if err != nil {
		return nil, wrap("reseal", id, err)
	}
	return accepted, nil
}

// resealIn records t's schema in a transaction that holds the tenant's lock, and returns what the audit log says of it.
func (p *Provisioner) resealIn(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant,
) (detail string, accepted []Difference, err error) {
	want, err := p.recorded(ctx, tx, t)
	if err != nil {
		return "", nil, err
	}
	if err := p.closeTables(ctx, tx, in, t); err != nil {
		return "", nil, err
	}
	got, err := p.describe(ctx, tx, in, t)
	if err != nil {
		return "", nil, err
	}
	if len(got.schema) == 0 {
		return "", nil, driftError([]Difference{{Change: Missing, Kind: "schema", Object: t.Schema}})
	}
	roles, err := p.roleDifferences(ctx, tx, in, t, got.role)
	if err != nil || len(roles) > 0 {
		return "", nil, firstError(err, driftError(in.named(t, causes(roles))))
	}
	if want != nil { // a tenant of an older docex has no record to compare with
		accepted = in.named(t, diff(want, got.schema))
	}
	t.DDLDigest, t.DDLVersion = p.ddl.digest, p.cfg.DDLVersion
	_, err = p.setCatalog(ctx, tx, t, got.schema)
	return resealDetail(t, accepted), accepted, err
}

func resealDetail(t Tenant, accepted []Difference) string {
	if len(accepted) == 0 {
		return t.DDLDigest
	}
	return fmt.Sprintf("%s, accepted: %v", t.DDLDigest, &DriftError{accepted})
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Rename gives a tenant another display name; empty means its id. One that was dropped has a name too. Nothing else
// changes: ids, schemas and roles keep their names for life. The audit log keeps the old name; see
// [Provisioner.Forget]. The error matches [ErrInvalidConfig] for a name that is too long or not printable, and
// otherwise as for [Provisioner.Suspend].
func (p *Provisioner) Rename(ctx context.Context, id, displayName string) error {
	if displayName == "" {
		displayName = id
	}
	if err := validateText(displayName, maxText); err != nil {
		return wrap("rename", id, invalidConfig("display name: %w", err))
	}
	err := p.changeOf(ctx, "rename", id, p.row, func(tx *sql.Tx, _ installation, t Tenant) (string, error) {
		const update = `UPDATE {{system}}.tenant SET display_name = $2 WHERE id = $1`
		_, err := tx.ExecContext(ctx, p.system(update), id, displayName)
		return fmt.Sprintf("from %q to %q", t.DisplayName, displayName), err
	})
	return wrap("rename", id, err)
}
