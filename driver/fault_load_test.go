package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
)

const (
	faultGoroutines = 8
	faultConns      = 4
	faultPerRoutine = 400 // operations
)

// Eight goroutines work for five tenants over four connections while backends are killed, connections cut and contexts
// cancelled at random moments: no row of another tenant is seen or written, and no commit is lost or happens twice.
func TestFaultsUnderLoad(t *testing.T) {
	w := newFaultWorld(t)
	goroutines, l := runtime.NumGoroutine(), &ledger{}
	t.Run("load", func(t *testing.T) {
		p := pgproxy.Start(t, w.AppDSN, 0)
		db := (&world{DB: &pgtest.DB{AppDSN: p.DSN}}).open(t, faultConns, "docex_pin", "session")
		f := &faultyLoad{T: t, w: w, proxy: p, db: db, ledger: l, disarm: func() bool { return false }}
		var wg sync.WaitGroup
		for g := range faultGoroutines {
			wg.Go(func() { f.run(rand.New(rand.NewPCG(uint64(g), 5))) })
		}
		wg.Wait()
		f.disarm()
		for range faultConns { // those that were cut or killed and not used since
			_, _ = seen(as(cutTenant), db)
		}
		wantClean(t, db)
		t.Logf("%d operations failed, %d backends killed", f.failed, f.killed)
	})
	l.wantKept(t, w)
	wantGoroutines(t, goroutines)
}

// faultyLoad is shared by the goroutines of TestFaultsUnderLoad.
type faultyLoad struct {
	*testing.T
	w      *world
	proxy  *pgproxy.Proxy
	db     *sql.DB
	ledger *ledger

	mu     sync.Mutex
	failed int         // guarded by mu
	killed int         // guarded by mu
	disarm func() bool // takes back the last cut; guarded by mu
}

func (f *faultyLoad) run(r *rand.Rand) {
	for range faultPerRoutine {
		tenant := tenants[r.IntN(len(tenants))]
		row := f.ledger.newName()
		ctx, cancel := context.WithCancel(as(tenant))
		settled := f.fault(r, cancel)
		step := faultSteps[r.IntN(len(faultSteps))]
		known, err := step.run(faultStep{f.db, ctx, tenant, row})
		cancel()
		settled()
		f.note(err)
		f.ledger.note(row, write{tenant: tenant, outcome: known, detail: fmt.Sprintf("%s: %v", step.name, err)})
	}
}

// fault sometimes lets something go wrong at some moment of the operation that follows. The returned function waits
// until it has happened.
func (f *faultyLoad) fault(r *rand.Rand, cancel func()) (settled func()) {
	var later func()
	switch spins := r.IntN(300); r.IntN(20) {
	case 0:
		later = func() { spin(spins); f.kill() }
	case 1:
		f.mu.Lock()
		f.disarm = f.proxy.CutAfter(pgproxy.Direction(r.IntN(2)), r.IntN(3000))
		f.mu.Unlock()
	case 2, 3:
		later = func() { spin(spins); cancel() }
	}
	if later == nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() { defer close(done); later() }()
	return func() { <-done }
}

// spin lets others run so many times.
func spin(n int) {
	for range n {
		runtime.Gosched()
	}
}

// kill ends one of the application's backends.
func (f *faultyLoad) kill() {
	var n int
	err := f.w.admin.QueryRow(`SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
		WHERE usename = $1 AND datname = current_database() ORDER BY random() LIMIT 1) AS victim`, f.w.AppRole).Scan(&n)
	if err != nil {
		f.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.killed += n
}

// note counts an error, and fails the test at one that no fault explains: a refusal, but for one to connect when the
// new backend was killed, the word that an outcome is not known, and a context that was cancelled before a copy began.
func (f *faultyLoad) note(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed++
	var refused *driver.Error
	lost := errors.Is(err, driver.ErrOutcomeUnknown) || errors.Is(err, context.Canceled)
	if errors.As(err, &refused) && refused.Op != "connect" && !lost || errors.Is(err, guard.ErrDenied) || errors.Is(err, errWrongRows) {
		f.Error(err)
	}
}

var errWrongRows = errors.New("wrong rows")
