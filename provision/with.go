package provision

import (
	"context"
	"database/sql"
	"strings"

	"github.com/docex/docex/scope"
)

// WithOptions says how WithTenant works. Reason is required; the rest may be zero: with the rights of the tenant's role
// only, and the record of its schema stays.
type WithOptions struct {
	// Reason is kept in the audit log: why somebody works with the tenant's data. 1 to 255 bytes of printable UTF-8.
	Reason string
	// AsAdministrator is as in [ForEachOptions]. A suspended tenant can be worked for in no other way, nor one without a
	// role.
	AsAdministrator bool
	// Reseal records the schema behind f as [Provisioner.Reseal] does, in the same transaction: a change of tables, and
	// that it was meant. What Reseal refuses is an error, and nothing has changed then.
	Reseal bool
	// Accepted is told what Reseal has accepted, once that is committed. Nil means nobody is told.
	Accepted func(t Tenant, ds []Difference)
}

// WithTenant calls f for one tenant, in one transaction under the tenant's lock: a repair or a change of its tables by
// the administrator, outside the guard. The transaction is as ForEachTenant's, see there for the current role, the
// search_path and what f may leave behind.
//
// Suspend, Drop and everything else that takes the tenant's lock wait until f's transaction ends. To end it early, let
// ctx end, or the server's session (pg_terminate_backend): nothing has changed then, unless that was during the commit.
// f itself cannot call what takes a tenant's lock: see [ErrInsideRun].
//
// Start and end are entries of the audit log, with the reason, and without the first nothing is done. The error is f's
// or the server's, or matches [ErrNoReason], [ErrInvalidConfig] (also for a nil f), scope.ErrTenantSuspended,
// [ErrInsideRun], what Verify's does except ErrDrift, or what Reseal's does. Where the rights of the tenant's role
// do not suffice it matches [ErrPrivileges], and where nobody knows whether it is committed [ErrOutcomeUnknown].
func (p *Provisioner) WithTenant(ctx context.Context, id string, o WithOptions, f TenantFunc) error {
	return wrap("with tenant", id, p.with(ctx, id, o, f))
}

func (p *Provisioner) with(ctx context.Context, id string, o WithOptions, f TenantFunc) error {
	if err := scope.ValidateTenantID(id); err != nil {
		return err
	}
	if err := p.outsideRuns(ctx); err != nil {
		return err
	}
	in, err := p.installation(ctx, p.db)
	if err != nil {
		return err
	}
	a := action{name: "with tenant", tenant: id}
	if err := o.check(in, f); err != nil {
		return p.recordError(ctx, p.db, a, err)
	}
	a.detail = "start " + o.describe("the tenant")
	if err := p.record(ctx, p.db, a, Done); err != nil {
		return err
	}
	v := &visit{p: p, in: in, o: o, f: f, suspended: o.AsAdministrator}
	v.done = func(ctx context.Context, tx *sql.Tx) error {
		a.detail = "end " + o.describe("the tenant")
		return p.record(ctx, tx, a, Done)
	}
	r, err := v.once(ctx, id)
	if err != nil {
		return p.recordError(ctx, p.db, a, err)
	}
	if o.Reseal && o.Accepted != nil {
		o.Accepted(r.tenant, r.accepted)
	}
	return nil
}

// once works on a connection of its own and closes it.
func (v *visit) once(ctx context.Context, id string) (visited, error) {
	l := lease{db: v.p.db}
	defer l.retire()
	conn, err := l.get(ctx)
	if err != nil {
		return visited{}, err
	}
	return v.run(ctx, conn, id)
}

func (o WithOptions) check(in installation, f TenantFunc) error {
	switch {
	case strings.TrimSpace(o.Reason) == "":
		return ErrNoReason
	case !in.tenantRoles() && !o.AsAdministrator:
		return invalidConfig("tenants have no roles here: set AsAdministrator")
	case f == nil:
		return invalidConfig("no function to call")
	}
	if err := validateText(o.Reason, maxText); err != nil {
		return invalidConfig("reason: %w", err)
	}
	return nil
}

// describe is for the audit log. tenant says whose role it is when it is not the administrator's.
func (o WithOptions) describe(tenant string) string {
	if o.AsAdministrator {
		tenant = "administrator"
	}
	return "as " + tenant + ": " + o.Reason
}
