package provision

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"sync"
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
	Tenant Tenant // as registered; when it failed, as given
	Result BulkResult
	Err    error // an *[Error], as from Create; nil unless Result is BulkFailed
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

// BulkCounts counts outcomes.
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
	todo, done := make(chan Tenant), make(chan BulkOutcome)
	working, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(todo)
	defer cancel() // ends the wait for a connection, and tenants under way when the caller's own functions panic
	abandoned := make(chan struct{})
	defer close(abandoned)
	for range workers {
		wg.Go(func() { p.createAll(working, todo, done, abandoned) })
	}
	return distribute(ctx, tenants, todo, done, o.Progress)
}

// workers checks and defaults a Concurrency.
func workers(concurrency int) (int, error) {
	if concurrency < 0 {
		return 0, invalidConfig("concurrency %d", concurrency)
	}
	return max(concurrency, 1), nil
}

// distribute hands tenants to the workers and takes their outcomes, until both have come to an end.
func distribute(
	ctx context.Context, tenants iter.Seq[Tenant], todo chan<- Tenant, done <-chan BulkOutcome,
	progress func(BulkOutcome, BulkCounts),
) (sum BulkCounts, err error) {
	next, stop := iter.Pull(tenants)
	defer stop()
	var first error
	t, more := next()
	for underWay := 0; underWay > 0 || more && ctx.Err() == nil; {
		send := todo
		if !more || ctx.Err() != nil {
			send = nil
		}
		select {
		case send <- t:
			underWay++
			t, more = next()
		case o := <-done:
			underWay--
			sum.add(o)
			if first == nil {
				first = o.Err
			}
			if progress != nil {
				progress(o, sum)
			}
		}
	}
	switch {
	case ctx.Err() != nil && (more || first != nil):
		return sum, ctx.Err()
	case first != nil:
		all := sum.Created + sum.Existing + sum.Failed
		return sum, fmt.Errorf("%d of %d tenants failed, the first of them: %w", sum.Failed, all, first)
	}
	return sum, nil
}

// createAll is one worker. It has a connection before it takes a tenant: workers that hold tenants and wait for
// connections, beside workers that hold connections and wait for tenants, would wait for ever where connections are
// scarce. When the bulk is abandoned nobody waits for outcomes any more.
func (p *Provisioner) createAll(ctx context.Context, todo <-chan Tenant, done chan<- BulkOutcome,
	abandoned <-chan struct{}) {
	l := lease{db: p.db}
	defer l.release()
	for {
		conn, err := l.get(ctx)
		given, more := <-todo
		if !more {
			return
		}
		o := BulkOutcome{Tenant: given, Result: BulkFailed}
		if err == nil {
			o, err = p.createOrFind(ctx, conn, given)
		}
		if err != nil {
			o.Err = wrap("create", given.ID, err)
			l.release()
		}
		select {
		case done <- o:
		case <-abandoned:
		}
	}
}

func (p *Provisioner) createOrFind(ctx context.Context, conn *sql.Conn, given Tenant) (BulkOutcome, error) {
	result := BulkCreated
	t, err := p.create(ctx, conn, given, func(registered Tenant, conflict error) error {
		result = BulkExisting
		return p.asConfigured(registered, conflict)
	})
	if err != nil {
		return BulkOutcome{Tenant: given, Result: BulkFailed}, err
	}
	return BulkOutcome{Tenant: t, Result: result}, nil
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
