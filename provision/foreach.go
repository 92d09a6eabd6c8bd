package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/docex/docex/scope"
)

// ForEachOptions says how ForEachTenant works. Reason is required; the rest may be zero: active tenants, one at a time,
// each with its own role's rights only, and an end at the first error.
type ForEachOptions struct {
	// Reason is kept in the audit log: why somebody goes through the tenants' data. 1 to 255 bytes of printable UTF-8.
	Reason string
	// AsAdministrator runs with the administrator's rights, which reach every schema, and may change tables; the
	// search_path is the tenant's schema and pg_temp only, so that nothing in Config.SharedSchemas and ExtensionSchemas is
	// run with these rights by its bare name: name those schemas where you mean them. It is also how to work where tenants
	// have no roles.
	AsAdministrator bool
	// Suspended adds the suspended tenants. Their roles cannot reach their schemas, so it needs AsAdministrator.
	Suspended bool
	// Concurrency is how many tenants are worked for at a time, each on a connection of its own. Zero means 1.
	Concurrency int
	// KeepGoing goes on to the next tenant after an error and returns all of them in the end.
	KeepGoing bool
	// Only selects tenants by their ids. Nil means all; an empty slice means none. One that is unknown, dropped, or
	// suspended without Suspended is an error before anything is done.
	Only []string
	// Reseal and Accepted are as in [WithOptions]. Calls of Accepted come one at a time, and connections are held
	// meanwhile. Each reseal is an entry of the audit log.
	Reseal   bool
	Accepted func(t Tenant, ds []Difference)
}

// with returns what holds for each tenant.
func (o ForEachOptions) with() WithOptions {
	return WithOptions{Reason: o.Reason, AsAdministrator: o.AsAdministrator, Reseal: o.Reseal, Accepted: o.Accepted}
}

// TenantFunc is the work for one tenant. The transaction is the caller's to end: COMMIT and ROLLBACK among f's own
// statements are an error, though what was committed stays. What f leaves on the session behind it, such as SET
// without LOCAL, temporary tables and session-level advisory locks, the next tenant's f would find: it must not. It is
// called on several goroutines at a time when Concurrency is more than 1. What takes a tenant's lock it cannot call:
// see [ErrInsideRun].
type TenantFunc func(ctx context.Context, tx *sql.Tx, t Tenant) error

// ForEachTenant calls f for each tenant in turn: maintenance across tenants by the administrator, outside the guard.
// Each call has a transaction of its own (READ COMMITTED), under the tenant's lock, committed when f returns nil. In it
// the current role is the tenant's, which the server keeps to the tenant's schema; search_path is the tenant's schema,
// then Config.SharedSchemas and ExtensionSchemas, then pg_temp (see AsAdministrator for the exception);
// docex.tenant_id and docex.user_id are set for triggers, the latter to the administrator's login. RESET ROLE would
// undo that: f is the administrator's own code, and its SQL is not checked.
//
// Tenants come in the order of their ids. Those that are created meanwhile may or may not be visited; of the others
// none is left out or comes twice. One that was suspended or dropped before its turn is passed over.
//
// Suspend, Drop and everything else that takes a tenant's lock wait until f's transaction for that tenant ends. Where
// suspending must not wait, keep f short; to end it early, let ctx end, or the server's session (pg_terminate_backend).
//
// Start and end of the run are entries of the audit log, with reason and counts, and without the first nothing is done.
// ForEachTenant returns how many transactions were committed. Its error joins one *[Error] per tenant, around what f
// returned or the server said; or it matches [ErrNoReason], [ErrInvalidConfig] (also for a nil f), [ErrInsideRun], the
// context's error, or what Get's does; for Only also scope.ErrInvalidTenantID, scope.ErrTenantNotProvisioned or
// scope.ErrTenantSuspended. Where the rights of the tenant's role do not suffice it matches [ErrPrivileges], and where
// nobody knows whether a transaction is committed [ErrOutcomeUnknown].
//
// The administrator must be able to take on the tenants' roles. A superuser can; for any other ForEachTenant makes it a
// member of each role for the time of the transaction.
func (p *Provisioner) ForEachTenant(ctx context.Context, o ForEachOptions, f TenantFunc) (int, error) {
	n, err := p.forEach(ctx, o, f)
	return n, wrap("for each tenant", "", err)
}

func (p *Provisioner) forEach(ctx context.Context, o ForEachOptions, f TenantFunc) (int, error) {
	if err := p.outsideRuns(ctx); err != nil {
		return 0, err
	}
	in, err := p.installation(ctx, p.db)
	if err != nil {
		return 0, err
	}
	a := action{name: "for each tenant"}
	run := &forEachRun{p: p, o: o, visit: visit{p: p, in: in, o: o.with(), suspended: o.Suspended, f: f}}
	workers, err := o.check(in, f)
	if err == nil && o.Only != nil {
		run.page, err = p.selected(ctx, o)
	}
	if err != nil {
		return 0, p.recordError(ctx, p.db, a, err)
	}
	a.detail = "start " + o.describe()
	if err := p.record(ctx, p.db, a, Done); err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { run.work(ctx) })
	}
	wg.Wait()
	a.detail = fmt.Sprintf("end, %d done, %d failed, %d passed over, %s", run.done, run.failed, run.passed, o.describe())
	return run.done, run.end(ctx, a)
}

// check returns the number of workers.
func (o ForEachOptions) check(in installation, f TenantFunc) (int, error) {
	if err := o.with().check(in, f); err != nil {
		return 0, err
	}
	if o.Suspended && !o.AsAdministrator {
		return 0, invalidConfig("the roles of suspended tenants cannot reach their schemas: Suspended needs AsAdministrator")
	}
	return workers(o.Concurrency)
}

// selected returns the tenants that Only names, in the order of their ids.
func (p *Provisioner) selected(ctx context.Context, o ForEachOptions) ([]Tenant, error) {
	var errs []error
	ids := slices.Compact(slices.Sorted(slices.Values(o.Only)))
	ts := make([]Tenant, 0, len(ids))
	for _, id := range ids {
		t, err := p.selectable(ctx, o, id)
		if err != nil {
			errs = append(errs, wrap("select", id, err))
		}
		ts = append(ts, t)
	}
	return ts, errors.Join(errs...)
}

func (p *Provisioner) selectable(ctx context.Context, o ForEachOptions, id string) (Tenant, error) {
	if err := scope.ValidateTenantID(id); err != nil {
		return Tenant{}, err
	}
	t, err := p.living(ctx, p.db, id)
	if err == nil && t.State == Suspended && !o.Suspended {
		err = fmt.Errorf("%w: Suspended is not set", scope.ErrTenantSuspended)
	}
	return t, err
}

// describe is for the audit log.
func (o ForEachOptions) describe() string { return o.with().describe("each tenant") }

// end records the end of the run and returns its errors. It is recorded when ctx is over, too.
func (r *forEachRun) end(ctx context.Context, a action) error {
	outcome := Done
	if len(r.errs) > 0 {
		outcome = Failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := r.p.record(ctx, r.p.db, a, outcome); err != nil {
		r.errs = append(r.errs, fmt.Errorf("the audit log was not written: %w", err))
	}
	return errors.Join(r.errs...)
}
