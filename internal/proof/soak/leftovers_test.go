package soak

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const patience = 30 * time.Second // for what ends by itself

// eventually asks the administrator until the answer is 0.
func (s *soak) eventually(what, query string, args ...any) {
	var n int
	for end := time.Now().Add(patience); ; {
		if s.check(s.admin.QueryRow("SELECT count(*), pg_sleep(0.01) FROM "+query, args...).Scan(&n, new(any))); n == 0 {
			return
		}
		if time.Now().After(end) {
			s.violated(left, "%d %s", n, what)
			return
		}
	}
}

// wantQuiet waits for what was abandoned to end, and looks at what the sessions hold that are still open.
func (s *soak) wantQuiet() {
	s.eventually("sessions in a transaction or a statement",
		"pg_stat_activity WHERE usename = $1 AND state <> 'idle'", s.AppRole)
	s.eventually("advisory locks", "pg_locks WHERE locktype = 'advisory'")
	s.eventually("prepared transactions", "pg_prepared_xacts")
	for _, h := range s.handles {
		if h.pooler != nil {
			s.check(s.wantBare(h.pooler.DSN))
		}
	}
}

// wantBare looks at the pooler's sessions as another program would that shares them.
func (s *soak) wantBare(dsn string) error {
	for range 4 * serverConnections {
		c, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			return err
		}
		var got string
		err = c.QueryRow(context.Background(), `SELECT concat_ws(',', current_user, current_setting('role'),
			current_setting('search_path'), current_setting('statement_timeout'), current_setting('docex.tenant_id', true),
			current_setting('docex.user_id', true))`, pgx.QueryExecModeExec).Scan(&got)
		if want := s.AppRole + `,none,"$user", public,0`; err == nil && strings.TrimRight(got, ",") != want {
			s.violated(left, "a session of the pooler is %s, want %s", got, want)
		}
		if err := c.Close(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// ourWarning is about a backend that had ended before the test could signal it.
const ourWarning = "is not a PostgreSQL backend process"

// wantLogClean looks for warnings and crashes in the server's log.
func (s *soak) wantLogClean() {
	var log string
	s.check(s.admin.QueryRow("SELECT pg_read_file(regexp_replace(current_setting('data_directory'), '/data$', '/log'))").Scan(&log))
	for line := range strings.Lines(log) {
		warns := strings.Contains(line, "WARNING:") && !strings.Contains(line, ourWarning)
		if warns || strings.Contains(line, "PANIC:") || strings.Contains(line, "terminated by signal") {
			s.violated(left, "the server's log: %s", strings.TrimSpace(line))
		}
	}
}

// heap is what is in use after a collection, in MiB.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what has finalizers goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// wantGoroutines fails the test unless, soon, no more than so many are left.
func wantGoroutines(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > want; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Errorf("%s: %d goroutines, want %d:\n%s", left, runtime.NumGoroutine(), want, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}

// check ends the soak at an error of its own doing.
func (s *soak) check(err error) {
	if err != nil {
		panic(fmt.Sprintf("soak: the test itself fails: %v", err))
	}
}
