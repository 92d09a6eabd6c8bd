package soak

import (
	"context"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const patience = 30 * time.Second // for what ends by itself

// eventually waits until there are no such rows.
func (s *soak) eventually(what, rows string, args ...any) {
	var n int
	for end := time.Now().Add(patience); ; {
		s.check(s.admin.QueryRow("SELECT count(*), pg_sleep(0.01)::text FROM "+rows, args...).Scan(&n, new(string)))
		if n == 0 || time.Now().After(end) {
			s.expect(n == 0, left, "%d %s", n, what)
			return
		}
	}
}

// wantQuiet waits for what was abandoned to end, and looks at what the sessions hold that are still open.
func (s *soak) wantQuiet() {
	s.eventually("sessions at work or in a transaction", "pg_stat_activity WHERE usename = $1 AND state <> 'idle'",
		s.AppRole)
	s.eventually("advisory locks", "pg_locks WHERE locktype = 'advisory'")
	s.eventually("prepared transactions", "pg_prepared_xacts")
	for _, h := range s.handles {
		for range 4 * serverConnections {
			if h.pooler != nil {
				s.check(s.wantBare(h.pooler.DSN))
			}
		}
	}
}

// wantBare looks at one of the pooler's sessions as another program would that shares them.
func (s *soak) wantBare(dsn string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	var got string
	err = c.QueryRow(ctx, `SELECT concat_ws(',', current_user, current_setting('role'), current_setting('search_path'),
		current_setting('statement_timeout'), nullif(current_setting('docex.tenant_id', true), ''),
		nullif(current_setting('docex.user_id', true), ''))`, pgx.QueryExecModeExec).Scan(&got)
	want := s.AppRole + `,none,pg_catalog, pg_temp,0`
	s.expect(err != nil || got == want, left, "a session of the pooler is %s, want %s", got, want)
	return err
}

// ourWarnings are about backends that had ended before the test could signal them.
var ourWarnings = regexp.MustCompile("is not a PostgreSQL backend process|could not send signal to process")

// wantLogClean looks for warnings and crashes in the server's log.
func (s *soak) wantLogClean() {
	var log string
	s.check(s.admin.QueryRow("SELECT pg_read_file(regexp_replace(current_setting('data_directory'), '/data$', '/log'))").
		Scan(&log))
	for line := range strings.Lines(log) {
		warns := strings.Contains(line, "WARNING:") && !ourWarnings.MatchString(line)
		crashed := strings.Contains(line, "PANIC:") || strings.Contains(line, "terminated by signal")
		s.expect(!warns && !crashed, left, "the server's log: %s", strings.TrimSpace(line))
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

// wantFlat compares the memory in use, the handles still open and the ledger forgotten, with that of the beginning.
func (s *soak) wantFlat(beginning float64) {
	const most = 32
	s.writes = nil
	now := heap()
	s.t.Logf("memory in use: %.1f MiB at the beginning, %.1f in the end", beginning, now)
	s.expect(now < beginning+most, left, "%.1f MiB of memory more than at the beginning", now-beginning)
}

// wantGoroutines waits until no more than so many are left.
func (s *soak) wantGoroutines(want int) {
	for end := time.Now().Add(patience); runtime.NumGoroutine() > want; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			s.violated(left, "%d goroutines, want %d:\n%s", runtime.NumGoroutine(), want, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}
