package driver_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgpooler"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// sharing is a pooler that hands sessions round and passes their key data on: nothing that a client is told at log-in
// gives it away.
type sharing struct {
	name    string
	options pgpooler.Options
	server  func(t *testing.T, w *world) string // the pooler's own way to the server
}

var sharingPoolers = []sharing{
	{"TCP", pgpooler.Options{ReplayKeys: true}, overTCP},
	{"the client's own port", pgpooler.Options{ReplayKeys: true, ClientPort: true}, overTCP},
	{"Unix socket to the pooler", pgpooler.Options{ReplayKeys: true, Unix: true}, overTCP},
	{"Unix socket to the server", pgpooler.Options{ReplayKeys: true}, overSocket},
	{"Unix sockets to both", pgpooler.Options{ReplayKeys: true, Unix: true}, overSocket},
	{"statements tracked", pgpooler.Options{ReplayKeys: true, TrackStatements: true}, overTCP},
}

func overTCP(_ *testing.T, w *world) string { return w.AppDSN }

// start puts the pooler in front of w. It has fewer sessions than the load has clients.
func (s sharing) start(t *testing.T, w *world) (dsn string) {
	t.Helper()
	s.options.Sessions = 3
	return pgpooler.Start(t, s.server(t, w), s.options).DSN
}

// With default settings every statement reads and writes its own tenant's rows behind a pooler that cannot be
// recognised. With pins of sessions the same statements do not, so the test can fail.
func TestPoolerThatPassesKeysOn(t *testing.T) {
	t.Parallel()
	for _, pooler := range sharingPoolers {
		t.Run(pooler.name, func(t *testing.T) {
			pooler.keepsApart(t)
			pooler.mixesUp(t)
		})
	}
}

func (s sharing) keepsApart(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	db := w.openConnector(t, sharingGoroutines, w.connectorTo(t, s.start(t, w)))
	l := newTraffic(s.options)
	l.run(db, sharedOperations, sharingRounds)
	if got, want := l.audit(t, w), (tally{read: l.read, written: l.written}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, err := range l.errs {
		t.Error(err)
	}
}

func (s sharing) mixesUp(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	db := w.openConnector(t, sharingGoroutines, w.connectorTo(t, s.start(t, w), "docex_pin", "session"))
	// Where CopyFrom gets the description of another statement, pgx panics in a goroutine of its own.
	operations := slices.DeleteFunc(slices.Clone(sharedOperations),
		func(op sharedOperation) bool { return op.name == "copy" })
	var got tally
	for range 20 {
		l := newTraffic(s.options)
		l.run(db, operations, 1)
		if got = l.audit(t, w); got.misread > 0 && got.misplaced > 0 {
			t.Logf("docex_pin=session: %+v", got)
			return
		}
	}
	t.Errorf("docex_pin=session: %+v: this test cannot fail", got)
}

const (
	sharingGoroutines = 6
	sharingRounds     = 6 // of all operations, in each goroutine
	sharingTimeout    = 2 * time.Minute
)

// sharingTenants are those of the world who take part.
var sharingTenants = tenants[:3]

// tally counts rows.
type tally struct {
	read, misread int // misread: another tenant's
	written       int
	misplaced     int // in another tenant's table
	lost          int // written and nowhere
	unexpected    int // where it belongs, and not reported as written
}

// traffic is what tenants do at once through one handle.
type traffic struct {
	id      string // in the names of its rows
	tracked bool   // prepared statements are of use behind this pooler

	mu    sync.Mutex
	tally                 // guarded by mu
	rows  map[string]bool // that were written; guarded by mu
	errs  []error         // guarded by mu
}

func newTraffic(o pgpooler.Options) *traffic {
	return &traffic{id: rand.Text(), tracked: o.TrackStatements, rows: map[string]bool{}}
}

// run has goroutines work for a tenant after the other, with all operations in turns.
func (l *traffic) run(db *sql.DB, operations []sharedOperation, rounds int) {
	ctx, cancel := context.WithTimeout(context.Background(), sharingTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for g := range sharingGoroutines {
		wg.Go(func() {
			for i := range rounds * len(operations) {
				op := operations[(i+g)%len(operations)]
				tenant := sharingTenants[(i*(g+1)+g)%len(sharingTenants)]
				row := fmt.Sprintf("new-%s-%s-%d-%d-%s", tenant, op.name, g, i, l.id)
				saw, err := op.do(withTenant(ctx, tenant), db, row)
				l.note(op, tenant, row, saw, err)
			}
		})
	}
	wg.Wait()
}

// note keeps what came of an operation.
func (l *traffic) note(op sharedOperation, tenant, row, saw string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.read++
		if saw != tenant {
			l.misread++
		}
		if op.writes {
			l.written++
			l.rows[row] = true
		}
	case op.prepares && !l.tracked && isMissingStatement(err):
	case len(l.errs) < 10:
		l.errs = append(l.errs, fmt.Errorf("%s: %s: %w", tenant, op.name, err))
	}
}

// isMissingStatement recognises what becomes of prepared statements behind a pooler that does not track them: the
// session lacks the statement, or has it from another client.
func isMissingStatement(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "26000" || pg.Code == "42P05")
}

// audit has the administrator look where the rows are.
func (l *traffic) audit(t *testing.T, w *world) tally {
	t.Helper()
	got := l.tally
	got.lost = len(l.rows)
	for _, tenant := range tenants {
		for _, name := range w.written(t, tenant, l.id) {
			switch {
			case !strings.HasPrefix(name, "new-"+tenant+"-"):
				got.misplaced++
			case !l.rows[name]:
				got.unexpected++
			}
			if l.rows[name] {
				got.lost--
			}
		}
	}
	return got
}

// written lists a tenant's rows whose names have that end, past the driver.
func (w *world) written(t *testing.T, tenant, end string) (names []string) {
	t.Helper()
	query := fmt.Sprintf("SELECT name FROM %q.docbasket WHERE name LIKE '%%' || $1", scope.SchemaPrefix+tenant)
	rows, err := w.admin.Query(query, end)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		finish(t, rows.Scan(&name))
		names = append(names, name)
	}
	finish(t, rows.Err())
	return names
}
