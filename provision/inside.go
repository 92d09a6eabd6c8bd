package provision

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
)

// mark says that a TenantFunc is running, and where its run holds locks.
type mark struct {
	db           *sql.DB
	systemSchema string
	installation string
	outer        *mark // of a run that this one is inside of: on another database
}

type markKey struct{}

// marks are those of the runs of this process whose function is running now.
var marks struct {
	sync.Mutex
	running map[*mark]bool
}

// call runs f, which may not ask for another lock where m holds one: see outsideRuns.
func (m *mark) call(ctx context.Context, f func(context.Context) error) error {
	m.outer, _ = ctx.Value(markKey{}).(*mark)
	marks.Lock()
	if marks.running == nil {
		marks.running = map[*mark]bool{}
	}
	marks.running[m] = true
	marks.Unlock()
	defer func() {
		marks.Lock()
		defer marks.Unlock()
		delete(marks.running, m)
	}()
	return callMarked(context.WithValue(ctx, markKey{}, m), f)
}

// callMarked is what onRunsStack looks for.
//
//go:noinline
func callMarked(ctx context.Context, f func(context.Context) error) error { return f(ctx) }

var callMarkedName = sync.OnceValue(func() string {
	return runtime.FuncForPC(reflect.ValueOf(callMarked).Pointer()).Name()
})

// outsideRuns refuses a call that comes from a TenantFunc and takes a lock in the database where that one's run holds
// the lock of its tenant. The call would wait for the run, and the run for the call, which the server cannot see: the
// run's session is idle meanwhile. That holds for another tenant's lock, too, since a function that has that one may
// want this one.
//
// Such a call has the function's context, or, with another context, the function on its stack. It is missed when the
// function starts a goroutine that uses another context. Other goroutines' calls are none of this: they wait.
func (p *Provisioner) outsideRuns(ctx context.Context) error {
	around := runsAround(ctx)
	if slices.ContainsFunc(around, func(m *mark) bool { return m.db == p.db && m.systemSchema == p.cfg.SystemSchema }) {
		return insideRun() // before any query, for which there may be no other connection
	}
	for _, m := range around {
		if p.sharesLocks(ctx, m) {
			return insideRun()
		}
	}
	return nil
}

// runsAround returns the runs that a call may be inside of. From the stack it cannot be told which they are, so it may
// be any that is under way.
func runsAround(ctx context.Context) (around []*mark) {
	running := runningMarks()
	for m, _ := ctx.Value(markKey{}).(*mark); m != nil; m = m.outer {
		if slices.Contains(running, m) { // not left behind by a function that has returned
			around = append(around, m)
		}
	}
	if len(around) == 0 && len(running) > 0 && onRunsStack() {
		return running
	}
	return around
}

func insideRun() error {
	return fmt.Errorf("%w, which holds the lock of its tenant: set its option Reseal to record the schema, "+
		"and call anything else when it has returned", ErrInsideRun)
}

// sharesLocks reports whether p's locks are m's, through another handle on the same database.
func (p *Provisioner) sharesLocks(ctx context.Context, m *mark) bool {
	if m.systemSchema != p.cfg.SystemSchema {
		return false
	}
	in, err := p.readInstallation(ctx, p.db, "", nil)
	return err == nil && in.id == m.installation
}

func runningMarks() []*mark {
	marks.Lock()
	defer marks.Unlock()
	ms := make([]*mark, 0, len(marks.running))
	for m := range marks.running {
		ms = append(ms, m)
	}
	return ms
}

// onRunsStack reports whether this goroutine is running a TenantFunc.
func onRunsStack() bool {
	pcs := make([]uintptr, 64)
	for skip := 1; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs)
		for frames := runtime.CallersFrames(pcs[:n]); ; {
			frame, more := frames.Next()
			if frame.Function == callMarkedName() {
				return true
			}
			if !more {
				break
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}
