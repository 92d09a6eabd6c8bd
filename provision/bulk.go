package provision

import (
	"context"
	"fmt"
	"iter"

	"github.com/docex/docex/internal/plural"
)

// BulkOptions says how CreateMany works. The zero value makes one tenant at a time and reports nothing.
type BulkOptions struct {
	// Concurrency is how many tenants are made at a time, each on a connection of its own. Zero means 1. More than the
	// server has cores for gains nothing; sql.DB.SetMaxOpenConns bounds it too, and must leave room for what the tenants'
	// iterator and Progress themselves do on the same handle.
	Concurrency int
	// Progress is told of each tenant in the order in which they are done, with the counts so far. It is called on the
	// goroutine of CreateMany's caller, never twice at the same time; while it runs, no further tenant is begun. Nil means
	// nobody is told.
	Progress func(o BulkOutcome, so BulkCounts)
}

// BulkOutcome is what became of one tenant of a bulk.
type BulkOutcome struct {
	Tenant Tenant     // as registered; when it failed, as given
	Result BulkResult // how it went
	Err    error      // an *[Error], as from Create; nil unless Result is BulkFailed
}

// BulkResult is how it went for one tenant. The zero BulkResult is none of them.
type BulkResult string

const (
	// BulkCreated tenants were made by this call.
	BulkCreated BulkResult = "created"
	// BulkExisting tenants were there before, made from the same DDL.
	BulkExisting BulkResult = "existing"
	// BulkFailed tenants were not made; nothing of them is left behind, as with Create.
	BulkFailed BulkResult = "failed"
)

// BulkCounts counts outcomes, by BulkResult: Created, Existing and Failed ones.
type BulkCounts struct{ Created, Existing, Failed int }

func (r *BulkCounts) add(o BulkOutcome) {
	switch o.Result {
	case BulkCreated:
		r.Created++
	case BulkExisting:
		r.Existing++
	default:
		r.Failed++
	}
}

// CreateMany provisions tenants, several at a time, each as Create does: in a transaction of its own. A tenant that
// fails does not keep the others from being made. One that is registered already, was not dropped, and was made from
// the same DDL is no failure: a bulk that was interrupted is taken up again by calling CreateMany with the same
// tenants. Callers may race on the same ids; each tenant is made once.
//
// It takes tenants from the iterator as it goes and keeps none, so there may be any number. The iterator runs on the
// caller's goroutine.
//
// The error is nil when all of them are there now. Else it is that of the context, which ends the bulk after the
// tenants that are under way; one as for Create that would meet every tenant, before any is made ([ErrNotInitialized]
// and the like); or the number of failed tenants around the first one's error.
func (p *Provisioner) CreateMany(ctx context.Context, tenants iter.Seq[Tenant], o BulkOptions) (BulkCounts, error) {
	result, err := p.createMany(ctx, tenants, o)
	return result, wrap("create many", "", err)
}

func (p *Provisioner) createMany(ctx context.Context, tenants iter.Seq[Tenant], o BulkOptions) (BulkCounts, error) {
	workers, err := workers(o.Concurrency)
	if err != nil {
		return BulkCounts{}, err
	}
	if err := p.outsideRuns(ctx); err != nil {
		return BulkCounts{}, err
	}
	if _, err := p.installation(ctx, p.db); err != nil {
		return BulkCounts{}, err
	}
	var sum BulkCounts
	var first error
	left := pool[BulkOutcome]{db: p.db, workers: workers, work: p.createOrFind, end: (*lease).release,
		took: func(out BulkOutcome) {
			sum.add(out)
			if first == nil {
				first = out.Err
			}
			if o.Progress != nil {
				o.Progress(out, sum)
			}
		}}.run(ctx, tenants, func() bool { return ctx.Err() != nil })
	switch {
	case ctx.Err() != nil && (left || first != nil):
		return sum, ctx.Err()
	case first != nil:
		all := sum.Created + sum.Existing + sum.Failed
		return sum, fmt.Errorf("%d of %s failed, the first of them: %w", sum.Failed, plural.Count(all, "tenant"), first)
	}
	return sum, nil
}

// workers checks and defaults a Concurrency.
func workers(concurrency int) (int, error) {
	if concurrency < 0 {
		return 0, invalidConfig("concurrency %d", concurrency)
	}
	return max(concurrency, 1), nil
}

// createOrFind makes one tenant, unless err says why that cannot be.
func (p *Provisioner) createOrFind(ctx context.Context, l *lease, given Tenant, err error) BulkOutcome {
	o := BulkOutcome{Result: BulkCreated}
	if err == nil {
		o.Tenant, err = p.create(ctx, l.conn, given, func(registered Tenant, conflict error) error {
			o.Result = BulkExisting
			return p.asConfigured(registered, conflict)
		})
	}
	if err != nil {
		l.release()
		return BulkOutcome{Tenant: given, Result: BulkFailed, Err: wrap("create", given.ID, err)}
	}
	return o
}

// asConfigured returns nil for a tenant that is what Create would make today, except its name and whether it is
// suspended.
func (p *Provisioner) asConfigured(t Tenant, conflict error) error {
	switch {
	case t.State != Active && t.State != Suspended:
		return conflict
	case t.DDLDigest != p.ddl.digest:
		return fmt.Errorf("%w: it was made from another DDL", ErrTenantExists)
	}
	return nil
}
