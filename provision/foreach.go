package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
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
}

// TenantFunc is the work for one tenant. The transaction is ForEachTenant's to end. What f leaves on the session behind
// it, such as SET without LOCAL, temporary tables and session-level advisory locks, the next tenant's f would find: it
// must not. It is called on several goroutines at a time when Concurrency is more than 1.
type TenantFunc func(ctx context.Context, tx *sql.Tx, t Tenant) error

// ForEachTenant calls f for each tenant in turn: maintenance across tenants by the administrator, outside the guard.
// Each call has a transaction of its own, committed when f returns nil. In it the current role is the tenant's, which
// the server keeps to the tenant's schema; search_path is the tenant's schema, then Config.SharedSchemas and
// ExtensionSchemas, then pg_temp (see AsAdministrator for the exception); docex.tenant_id and docex.user_id are set for
// triggers, the latter to the administrator's login. RESET ROLE would undo that: f is the administrator's own code, and
// its SQL is not checked.
//
// Tenants come in the order of their ids. Those that are created meanwhile may or may not be visited; of the others
// none is left out or comes twice. One that was suspended or dropped before its turn is passed over.
//
// Start and end of the run are entries of the audit log, with reason and counts, and without the first nothing is done.
// ForEachTenant returns how many transactions were committed. Its error joins one *[Error] per tenant, around what f
// returned or the server said; or it matches [ErrNoReason], [ErrInvalidConfig] (also for a nil f), the context's error,
// or what Get's does.
//
// The administrator must be able to take on the tenants' roles. A superuser can; for any other ForEachTenant makes it a
// member of each role for the time of the transaction, which Suspend and Drop of that tenant may then have to wait for.
func (p *Provisioner) ForEachTenant(ctx context.Context, o ForEachOptions, f TenantFunc) (int, error) {
	n, err := p.forEach(ctx, o, f)
	return n, wrap("for each tenant", "", err)
}

func (p *Provisioner) forEach(ctx context.Context, o ForEachOptions, f TenantFunc) (int, error) {
	in, err := p.installation(ctx, p.db)
	if err != nil {
		return 0, err
	}
	a := action{name: "for each tenant"}
	workers, err := o.check(in)
	if err == nil && f == nil {
		err = invalidConfig("no function to call")
	}
	if err != nil {
		return 0, p.recordError(ctx, p.db, a, err)
	}
	a.detail = "start " + o.describe()
	if err := p.record(ctx, p.db, a, Done); err != nil {
		return 0, err
	}
	run := &forEachRun{p: p, in: in, o: o, f: f}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { run.work(ctx) })
	}
	wg.Wait()
	a.detail = fmt.Sprintf("end, %d done, %d failed, %d passed over, %s", run.done, run.failed, run.passed, o.describe())
	return run.done, run.end(ctx, a)
}

// check returns the number of workers.
func (o ForEachOptions) check(in installation) (int, error) {
	switch {
	case strings.TrimSpace(o.Reason) == "":
		return 0, ErrNoReason
	case o.Suspended && !o.AsAdministrator:
		return 0, invalidConfig("the roles of suspended tenants cannot reach their schemas: Suspended needs AsAdministrator")
	case !in.tenantRoles() && !o.AsAdministrator:
		return 0, invalidConfig("tenants have no roles here: set AsAdministrator")
	}
	if err := validateText(o.Reason, maxText); err != nil {
		return 0, invalidConfig("reason: %w", err)
	}
	return workers(o.Concurrency)
}

// describe is for the audit log.
func (o ForEachOptions) describe() string {
	as := "as each tenant"
	if o.AsAdministrator {
		as = "as administrator"
	}
	return as + ": " + o.Reason
}

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
