package provision

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// ResealOptions says what ResealWith records. The zero value is Reseal's.
type ResealOptions struct {
	// Keep records the schema under the DDL and the label that the tenant has in the registry, whatever the Provisioner's
	// are: for a tenant that is behind, and stays so.
	Keep bool
	// Force is the reason for which what Reseal refuses is recorded all the same, except for what is wrong with the
	// tenant's role. It is kept in the audit log: at most 255 bytes of printable UTF-8. Empty forces nothing.
	Force string
}

// Reseal records a tenant's schema as it is now, together with the digest and version of the Provisioner's DDL, as what
// the tenant should be from now on. It is for after a change that was made on purpose, outside docex and off line, or
// after an upgrade of the server, and changes nothing but the record, and two rights: who may write in
// [Config.ReadOnlyTables], and that PUBLIC may call every new function. It returns the differences to the previous
// record, all of which it has accepted; look at them.
//
// A tenant that another DDL made must be by now what the Provisioner's makes, as after a migration by another tool: the
// DDL is tried as in [Provisioner.Adopt]. Otherwise the error matches [ErrNotUpgraded], and is a *[DriftError] that
// names the differences. A tenant of the same DDL may differ from it, by an index of its own for example.
//
// What is wrong with the tenant's role is not accepted, nor are rights of PUBLIC or of other tenants: then nothing is
// recorded, and the error is a *[DriftError]. The errors are otherwise those of [Provisioner.Verify], or match
// [ErrDDLVersion].
func (p *Provisioner) Reseal(ctx context.Context, id string) ([]Difference, error) {
	return p.ResealWith(ctx, id, ResealOptions{})
}

// ResealWith is Reseal with options. The error matches [ErrInvalidConfig] for a reason that is too long or not
// printable, and for a tenant whose upgrade has its second part to do and that is to keep its DDL.
func (p *Provisioner) ResealWith(ctx context.Context, id string, o ResealOptions) ([]Difference, error) {
	accepted, err := p.reseal(ctx, id, o)
	return accepted, wrap("reseal", id, err)
}

func (p *Provisioner) reseal(ctx context.Context, id string, o ResealOptions) (accepted []Difference, err error) {
	if o.Force != "" {
		if err := validateText(o.Force, maxText); err != nil {
			return nil, invalidConfig("reason: %w", err)
		}
	}
	err = p.change(ctx, "reseal", id, func(tx *sql.Tx, in installation, t Tenant) (detail string, err error) {
		detail, accepted, err = p.resealIn(ctx, tx, in, t, o)
		return detail, err
	})
	if err != nil {
		return nil, err
	}
	return accepted, nil
}

// resealIn records t's schema in a transaction that holds the tenant's lock, and returns what the audit log says of it.
func (p *Provisioner) resealIn(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, o ResealOptions,
) (detail string, accepted []Difference, err error) {
	err = cmp.Or(p.closeTables(ctx, tx, in, t), closeRoutines(ctx, tx, t), in.sendRoutineRights(ctx, tx, t))
	if err != nil {
		return "", nil, err
	}
	got, err := p.describeSound(ctx, tx, in, t)
	if err != nil {
		return "", nil, err
	}
	if accepted, err = p.acceptable(ctx, tx, in, t, got, o); err != nil {
		return "", nil, err
	}
	switch {
	case !o.Keep:
		if err := p.checkMade(ctx, tx, in, t, got, o); err != nil {
			return "", nil, err
		}
		if t.DDLDigest != p.ddl.digest || p.cfg.DDLVersion != "" {
			t.DDLDigest, t.DDLVersion = p.ddl.digest, p.cfg.DDLVersion
		}
	case t.NextDDL != "":
		return "", nil, invalidConfig("an upgrade of it has its second part to do")
	}
	_, err = p.setCatalog(ctx, tx, t, got)
	return resealDetail(t, accepted, o), accepted, err
}

// acceptable returns how a tenant differs from its record. The error names rights that are not accepted.
func (p *Provisioner) acceptable(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, got shape, o ResealOptions,
) (accepted []Difference, err error) {
	record, err := p.recorded(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	all := diff(record, got)
	foreign := slices.DeleteFunc(slices.Clone(all), func(d Difference) bool { return !d.grantsOthers(in.allLogins()) })
	if len(foreign) > 0 && o.Force == "" {
		return nil, fmt.Errorf("rights of PUBLIC or other tenants are not accepted: %w", driftError(in.named(t, foreign)))
	}
	if record == nil { // a tenant of an older docex has no record to compare with
		return nil, nil
	}
	return in.named(t, all), nil
}

// checkMade compares a tenant with what the Provisioner's DDL makes, unless it is the one that made it.
func (p *Provisioner) checkMade(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, got shape, o ResealOptions,
) error {
	if err := p.checkVersion(ctx, tx); err != nil {
		return err
	}
	if t.DDLDigest == p.ddl.digest && t.NextDDL == "" {
		return p.keepDDL(ctx, tx) // its label may be a new one
	}
	if err := p.checkOpenSchemas(ctx, tx, in); err != nil {
		return err
	}
	want, err := p.describeDDL(ctx, tx, in, p.ddl)
	if err != nil {
		return err
	}
	if ds := diff(want, got); len(ds) > 0 && o.Force == "" {
		return fmt.Errorf("%w: %w", ErrNotUpgraded, driftError(in.named(t, ds)))
	}
	return p.keepDDL(ctx, tx)
}

func resealDetail(t Tenant, accepted []Difference, o ResealOptions) string {
	detail := t.DDLDigest
	if o.Force != "" {
		detail += ", forced: " + o.Force
	}
	if len(accepted) > 0 {
		detail += ", accepted: " + list(accepted)
	}
	return detail
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
