package provision

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/docex/docex/scope"
)

// Verify compares a tenant with what Create made: every table, column, constraint, index, trigger, rule, policy,
// function, type, sequence and view of its schema, the order of columns, owners and rights, and its role with its
// attributes, memberships and rights elsewhere. It compares definitions, not data, and no OIDs. Where a sequence stands
// is data. That the tenant may write in [Config.ReadOnlyTables] is a difference, whatever is recorded. It writes
// nothing.
//
// A tenant of an older DDL is compared with that one's record: [Provisioner.Behind] tells. One whose upgrade has its
// second part to do (Tenant.NextDDL) may have any part of that.
//
// Partitions of a partitioned table in the tenant's schema are data, too: they may be more, fewer or others than the
// DDL's, see [Provisioner.AddPartition]. Of them Verify compares owners, row security, and the triggers, rules and
// policies that their parent does not give them, and rights of others than the tenant's role. A foreign table is
// compared as any other table is, and so is a partition when its parent is in another schema. A partition in another
// schema than its parent is a difference.
//
// On [Citus] the tables must be in the tenant's shard group. Of the workers Verify asks for the rights on the tenant's
// functions, where it has any: then an error matches [ErrCitus] when a worker cannot be reached. In an installation of
// which the tenants are [Local], a schema that Citus has distributed is a difference.
//
// The record of a tenant that version 4 of the system schema made, or an older one, holds no order of columns. Then it
// is not compared, until Reseal writes a new record.
//
// Differences are a *[DriftError], which names each one and matches [ErrDrift]. Otherwise the error matches
// scope.ErrTenantNotProvisioned for an unknown or dropped tenant (one that is being dropped too), [ErrNotInitialized],
// [ErrUpgradeRequired] or [ErrEnvironmentMismatch]. Servers of different major versions print some definitions
// differently: after an upgrade of the server look at the differences, and Reseal.
func (p *Provisioner) Verify(ctx context.Context, id string) error {
	if err := scope.ValidateTenantID(id); err != nil {
		return wrap("verify", id, err)
	}
	return wrap("verify", id, p.lockedOn(ctx, p.db, id, func(tx *sql.Tx) error {
		in, err := p.readable(ctx, tx)
		if err != nil {
			return err
		}
		return p.verify(ctx, tx, in, p.recorded, id)
	}))
}

// verify compares a tenant with its record in a transaction that holds the tenant's lock, so that no Suspend or Drop of
// it is under way.
func (p *Provisioner) verify(ctx context.Context, tx *sql.Tx, in installation, recorded reader, id string) error {
	t, err := p.living(ctx, tx, id)
	if err != nil {
		return err
	}
	errs, err := p.compare(ctx, tx, in, recorded, []Tenant{t})
	return cmp.Or(err, errs[0])
}

// compare returns how each tenant differs from its record, nil for not at all; or an error that may be any tenant's.
// The transaction has read the tenants while it held their locks.
func (p *Provisioner) compare(
	ctx context.Context, tx *sql.Tx, in installation, recorded reader, ts []Tenant,
) ([]error, error) {
	errs := make([]error, len(ts))
	got, err := describeWithPlaces(ctx, tx, in, ts)
	if err == nil {
		err = in.workerRights(ctx, tx, ts, got)
	}
	if err != nil {
		return errs, err
	}
	for i, t := range ts {
		want, err := recorded(ctx, tx, t)
		if err != nil {
			return errs, err
		}
		ds, err := p.differences(ctx, tx, in, t, want, got[i])
		if err != nil {
			return errs, err
		}
		errs[i] = driftError(in.named(t, ds))
	}
	return errs, nil
}

// reader reads the description that a tenant's schema should have.
type reader func(ctx context.Context, q queryer, t Tenant) (shape, error)

// living reads a tenant that has a schema, and nothing under way that takes it away.
func (p *Provisioner) living(ctx context.Context, q queryer, id string) (Tenant, error) {
	t, err := p.row(ctx, q, id)
	switch {
	case err != nil:
		return t, err
	case t.State == Dropping:
		return t, fmt.Errorf("%w: it is being dropped: docex tenant drop %s goes on with that",
			scope.ErrTenantNotProvisioned, id)
	case t.State == Dropped:
		return t, fmt.Errorf("%w: it was dropped", scope.ErrTenantNotProvisioned)
	}
	return t, nil
}

// differences compares what there is of a tenant with what should be.
func (p *Provisioner) differences(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, want shape, got description,
) ([]Difference, error) {
	ds, err := p.allDifferences(ctx, tx, in, t, want, got)
	return causes(ds), err
}

// causes leaves out the rights and memberships that are missing with the role that had them.
func causes(ds []Difference) []Difference {
	gone := func(d Difference) bool { return d.Change == Missing && d.Kind == theRole.kind }
	if !slices.ContainsFunc(ds, gone) {
		return ds
	}
	return slices.DeleteFunc(ds, func(d Difference) bool {
		return d.Change == Missing && (d.Kind == "membership" || d.Kind == "grant" &&
			(d.Object == roleUsesSchema.name || strings.HasSuffix(d.Object, " to {{role}}")))
	})
}

// allDifferences is differences, with what follows from a missing role.
func (p *Provisioner) allDifferences(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, want shape, got description,
) ([]Difference, error) {
	roles, err := p.roleDifferences(ctx, tx, in, t, got.role)
	switch {
	case err != nil:
		return nil, err
	case len(got.schema) == 0:
		return append([]Difference{{Change: Missing, Kind: "schema", Object: t.Schema}}, roles...), nil
	case want == nil: // a tenant of an older docex
		return append([]Difference{{Change: Missing, Kind: "description", Object: "of the schema: see Reseal"}}, roles...),
			nil
	}
	ds := diff(want.readOnly(p.cfg.ReadOnlyTables), got.schema)
	if t.NextDDL != "" && len(ds) > 0 {
		next, err := p.target(ctx, tx, t.NextDDL)
		if err != nil {
			return nil, err
		}
		ds = slices.DeleteFunc(ds, func(d Difference) bool { return underWay(d, next) })
	}
	return slices.Concat(ds, roles, got.place), nil
}

// underWay reports whether a difference is what the second part of an upgrade to next makes, or an index that it was
// interrupted at.
func underWay(d Difference, next shape) bool {
	definition, there := next[object{d.Kind, d.Object}]
	switch {
	case d.Change == Missing:
		return !there
	case there && d.Got == definition:
		return true
	case d.Kind != "index":
		return false
	}
	return there && d.Got == definition+invalidIndex || !there && d.Got == d.Want+invalidIndex
}

// invalidIndex ends the definition of an index that was interrupted.
const invalidIndex = " INVALID"

// Objects of the rows in sql/describe/200_role.sql.
var (
	theRole         = object{"role", "{{role}}"}
	readsShared     = object{"membership", "{{role}} in {{shared}}"}
	appTakesRole    = object{"membership", "{{app}} in {{role}}"}
	roleUsesSchema  = object{"grant", "schema to {{role}}: to use it"}
	schemaUsage     = "USAGE"
	noMemberOptions = ""
)

// wantRole is what Create and Suspend make of the role of a tenant in its state.
func wantRole(t Tenant, strategy strategy) shape {
	s := shape{}
	if t.Role != "" {
		s[theRole], s[readsShared] = roleAttributes(strategy), noMemberOptions
	}
	if t.State != Active {
		return s
	}
	s[roleUsesSchema] = schemaUsage
	if t.Role != "" {
		s[appTakesRole] = noMemberOptions
	}
	return s
}

// describeSound describes a tenant's schema. The error is a *DriftError when that is gone, its role is not in order, or
// its tables are not where they should be.
func (p *Provisioner) describeSound(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (shape, error) {
	ds, err := describeWithPlaces(ctx, tx, in, []Tenant{t})
	if err != nil {
		return nil, err
	}
	got := ds[0]
	if len(got.schema) == 0 {
		return nil, driftError([]Difference{{Change: Missing, Kind: "schema", Object: t.Schema}})
	}
	roles, err := p.roleDifferences(ctx, tx, in, t, got.role)
	return got.schema, cmp.Or(err, driftError(in.named(t, append(causes(roles), got.place...))))
}

// roleDifferences compares the tenant's role with its state in the registry.
func (p *Provisioner) roleDifferences(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, got shape,
) ([]Difference, error) {
	strategy, err := newStrategy(p.cfg.Strategy, in.distribution)
	if err != nil {
		return nil, err
	}
	want := wantRole(t, strategy)
	ds := diff(want, got)
	for i, d := range ds {
		if d.Change == Missing && d.Kind == theRole.kind {
			ds[i] = Difference{Change: Missing, Kind: d.Kind, Object: t.Role}
		}
	}
	return ds, nil
}
