package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/scope"
)

// upgradeAction is what the audit log calls it.
const upgradeAction = "upgrade tenant"

// upgradeRun is one call of UpgradeTenants.
type upgradeRun struct {
	p      *Provisioner
	in     installation
	o      UpgradeOptions
	script upgradeScript
	older  map[string]ddl       // that were given, by digest
	target shape                // what the new DDL makes
	olds   map[string]rehearsed // by digest; not written while workers run

	report   UpgradeReport
	tried    map[string]bool // ids
	firstErr error
}

func (p *Provisioner) upgradeTenants(ctx context.Context, o UpgradeOptions) (UpgradeReport, error) {
	o, err := o.withDefaults()
	if err != nil {
		return UpgradeReport{}, err
	}
	r := &upgradeRun{p: p, o: o, olds: map[string]rehearsed{}, tried: map[string]bool{}}
	if r.in, err = p.installation(ctx, p.db); err != nil {
		return r.report, err
	}
	if o.To != "" && o.To != p.cfg.DDLVersion {
		return r.report, invalidConfig("the upgrade is to version %q, and the configured DDL is version %q", o.To,
			p.cfg.DDLVersion)
	}
	s, err := newStrategy(p.cfg.Strategy, r.in.distribution)
	if err != nil {
		return r.report, err
	}
	if err := cmp.Or(s.check(ctx, p.db), p.checkVersion(ctx, p.db)); err != nil {
		return r.report, err
	}
	if err := p.checkDistributable(r.in); err != nil {
		return r.report, err
	}
	if r.script, err = loadScript(o); err != nil {
		return r.report, err
	}
	if r.older, err = readOlder(o.From); err != nil {
		return r.report, err
	}
	return r.report, r.all(ctx)
}

// all goes on until nobody is behind who was not tried.
func (r *upgradeRun) all(ctx context.Context) error {
	for !r.stopped(ctx) {
		behind, err := r.behind(ctx)
		if err != nil {
			return err
		}
		r.report.Found += len(behind)
		if err := r.rehearseFor(ctx, behind); err != nil {
			return err
		}
		if r.o.DryRun {
			r.report.Tenants = slices.DeleteFunc(behind, func(t Tenant) bool { return !r.p.Behind(t) })
			return nil
		}
		if len(behind) == 0 {
			break
		}
		if err := r.keepTarget(ctx); err != nil {
			return err
		}
		r.round(ctx, behind)
	}
	return r.end(ctx)
}

// behind returns the tenants that are to be upgraded and were not tried yet.
func (r *upgradeRun) behind(ctx context.Context) ([]Tenant, error) {
	if r.o.Only != nil {
		return r.only(ctx)
	}
	all, err := r.p.page(ctx, r.p.db, ListOptions{})
	return slices.DeleteFunc(all, func(t Tenant) bool { return !r.p.Behind(t) || r.tried[t.ID] }), err
}

func (r *upgradeRun) only(ctx context.Context) ([]Tenant, error) {
	var ts []Tenant
	for _, id := range r.o.Only {
		if r.tried[id] {
			continue
		}
		t, err := r.p.living(ctx, r.p.db, id)
		if err != nil {
			return nil, wrap("upgrade", id, err)
		}
		ts = append(ts, t)
		r.tried[id] = true // an id may be given twice
	}
	return ts, nil
}

// rehearseFor rehearses with the DDLs of tenants that it was not rehearsed with yet.
func (r *upgradeRun) rehearseFor(ctx context.Context, behind []Tenant) error {
	todo := map[string]*Rehearsal{}
	for _, t := range behind {
		if _, done := r.olds[t.DDLDigest]; done || !r.p.Behind(t) {
			continue
		}
		if todo[t.DDLDigest] == nil {
			todo[t.DDLDigest] = &Rehearsal{DDLDigest: t.DDLDigest, DDLVersion: t.DDLVersion}
		}
		todo[t.DDLDigest].Tenants++
	}
	digests := slices.Sorted(maps.Keys(todo))
	ddls := make([]ddl, len(digests))
	for i, digest := range digests {
		var err error
		if ddls[i], err = r.olderDDL(ctx, digest); err != nil {
			return todo[digest].explain(err)
		}
	}
	cfg := r.p.cfg
	cfg.Distribution = r.in.distribution
	if err := r.script.check(cfg, append(ddls, r.p.ddl)...); err != nil {
		return err
	}
	for i, digest := range digests {
		of := todo[digest]
		done, err := r.rehearse(ctx, ddls[i])
		if err == nil {
			err = r.checkRecorded(ctx)
		}
		for _, t := range behind {
			if err == nil && t.DDLDigest == digest {
				err = r.checkRewritten(t, done.rewritten)
			}
		}
		if err != nil {
			return of.explain(err)
		}
		of.Rewritten = done.rewritten
		r.olds[digest] = done
		r.report.Rehearsed = append(r.report.Rehearsed, *of)
	}
	return nil
}

// explain makes err say which older DDL it is about.
func (h *Rehearsal) explain(err error) error {
	var e *RehearsalError
	if !errors.As(err, &e) {
		e = &RehearsalError{Err: err}
	}
	e.DDLDigest, e.DDLVersion, e.Tenants = h.DDLDigest, h.DDLVersion, h.Tenants
	return e
}

// keepTarget records text and description of the new DDL before the first tenant has it.
func (r *upgradeRun) keepTarget(ctx context.Context) error {
	if r.target == nil { // all are new already
		return nil
	}
	return r.p.lockedOn(ctx, r.p.db, "", func(tx *sql.Tx) error {
		if err := r.p.keepDDL(ctx, tx); err != nil {
			return err
		}
		return r.p.recordTarget(ctx, tx, r.target)
	})
}

// round upgrades tenants, several at a time.
func (r *upgradeRun) round(ctx context.Context, ts []Tenant) {
	pool[UpgradeOutcome]{db: r.p.db, workers: r.o.Concurrency, end: (*lease).retire, took: r.add,
		work: func(ctx context.Context, l *lease, t Tenant, err error) UpgradeOutcome {
			o := UpgradeOutcome{Tenant: t, Result: UpgradeFailed, Err: err}
			if err == nil {
				o = r.tenant(ctx, l, t)
			}
			o.Err = wrap("upgrade", t.ID, o.Err)
			return o
		}}.run(ctx, slices.Values(ts), func() bool { return r.stopped(ctx) })
}

// tenant upgrades one tenant, and tries again while somebody has what it needs.
func (r *upgradeRun) tenant(ctx context.Context, l *lease, t Tenant) UpgradeOutcome {
	o := UpgradeOutcome{Tenant: t, Result: UpgradeFailed}
	busy := ""
	for try := 0; ; try++ {
		var conn *sql.Conn
		conn, err := l.get(ctx)
		if err == nil {
			o, err = r.first(ctx, conn, o.Tenant, busy)
		}
		if err == nil && o.Result == UpgradeHalf {
			if o.Tenant, err = r.second(ctx, l, o.Tenant); err == nil {
				o.Result = UpgradeDone
			}
		}
		if err == nil {
			return o
		}
		l.retire()
		if o.Err = err; !busyError(err) || try >= r.o.Retries || !wait(ctx, try) {
			a := action{name: upgradeAction, tenant: t.ID}
			o.Err = r.p.recordError(ctx, r.p.db, a, err)
			return o
		}
		busy = ""
		var table *busyTable
		if errors.As(err, &table) {
			busy = table.name
		}
	}
}

// busyError reports whether to try again: somebody else has a lock, or two have what the other one needs.
func busyError(err error) bool {
	return errors.Is(err, errBusy) || hasCode(err, codeLockNotAvailable, codeDeadlock)
}

// wait lets programs do what they waited for. It reports whether ctx is still good.
func wait(ctx context.Context, try int) bool {
	const shortest, longest = 50 * time.Millisecond, 2 * time.Second
	pause := min(shortest<<min(try, 10), longest)
	select {
	case <-time.After(pause/2 + rand.N(pause)):
		return true
	case <-ctx.Done():
		return false
	}
}

// add counts an outcome and tells the caller. A tenant that was dropped meanwhile is none.
func (r *upgradeRun) add(o UpgradeOutcome) {
	r.tried[o.Tenant.ID] = true
	if errors.Is(o.Err, scope.ErrTenantNotProvisioned) {
		r.report.Found--
		return
	}
	r.report.add(o.Result)
	if r.firstErr == nil {
		r.firstErr = o.Err
	}
	if r.o.Progress != nil {
		r.o.Progress(o, r.report.UpgradeCounts)
	}
}

func (r *upgradeRun) stopped(ctx context.Context) bool {
	return ctx.Err() != nil || r.o.MaxFailures > 0 && r.report.bad() >= r.o.MaxFailures
}

// end returns the error of the run.
func (r *upgradeRun) end(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case r.firstErr != nil:
		return fmt.Errorf("%d of %s could not be upgraded, the first of them: %w", r.report.bad(),
			plural.Count(r.report.Found, "tenant"), r.firstErr)
	}
	return nil
}
