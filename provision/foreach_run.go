package provision

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/docex/docex/scope"
)

// forEachPage is how many tenants are read at a time.
const forEachPage = 200

// forEachRun is one call of ForEachTenant. Its workers share it.
type forEachRun struct {
	p     *Provisioner
	o     ForEachOptions
	visit visit

	mu                   sync.Mutex // guards what follows
	page                 []Tenant   // read and not yet taken
	after                string     // the last id of the page
	over                 bool       // nothing more is to be taken
	done, failed, passed int
	errs                 []error
}

// work is one worker. It has a connection before it takes a tenant, and reads pages on it, so one connection is enough.
func (r *forEachRun) work(ctx context.Context) {
	l := lease{db: r.p.db}
	defer l.retire() // its prepared statements are gone, those of the handle's other users included
	for {
		conn, err := l.get(ctx)
		if err != nil {
			r.stop(err)
			return
		}
		t, more, err := r.next(ctx, conn)
		if err != nil {
			r.stop(err)
		}
		if !more {
			return
		}
		v, err := r.visit.run(ctx, conn, t.ID)
		if err != nil {
			l.retire()
		}
		r.count(t, v, err)
	}
}

// next takes a tenant. Pages go on behind the last id, not at an offset: what is created or dropped meanwhile moves
// nothing.
func (r *forEachRun) next(ctx context.Context, conn *sql.Conn) (t Tenant, more bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return Tenant{}, false, nil
	}
	if len(r.page) == 0 && r.o.Only == nil {
		if r.page, err = r.p.page(ctx, conn, ListOptions{After: r.after, Limit: forEachPage}); err != nil {
			return Tenant{}, false, err
		}
		if len(r.page) > 0 {
			r.after = r.page[len(r.page)-1].ID
		}
	}
	if len(r.page) == 0 {
		r.over = true
		return Tenant{}, false, nil
	}
	t, r.page = r.page[0], r.page[1:]
	return t, true, nil
}

// stop ends the run for an error that is not about one tenant. Workers that meet it too say nothing new.
func (r *forEachRun) stop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.errs = append(r.errs, err)
	}
	r.over = true
}

func (r *forEachRun) count(t Tenant, v visited, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.done++
		if r.o.Reseal && r.o.Accepted != nil {
			r.o.Accepted(v.tenant, v.accepted)
		}
	case !v.entered && (errors.Is(err, scope.ErrTenantNotProvisioned) || errors.Is(err, scope.ErrTenantSuspended)):
		r.passed++
	default:
		r.failed++
		r.errs = append(r.errs, wrap("visit", t.ID, err))
		r.over = r.over || !r.o.KeepGoing
	}
}
