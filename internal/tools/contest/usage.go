package main

import (
	"context"
	"time"

	"github.com/prometheus/procfs"
)

// usage is CPU time so far.
type usage struct{ server, client time.Duration }

// usage sums what this process, and the server with those of its processes that live, have used. Backends that have
// ended are their parent's.
func (w *world) usage(ctx context.Context) (u usage, err error) {
	self, err := procfs.Self()
	if err != nil {
		return u, err
	}
	own, err := self.Stat()
	if err != nil {
		return u, err
	}
	u.client = time.Duration(own.CPUTime() * float64(time.Second))
	var postmaster int
	if err := w.admin.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&postmaster); err != nil {
		return u, err
	}
	backend, err := procfs.NewProc(postmaster)
	if err != nil {
		return u, err
	}
	stat, err := backend.Stat()
	if err != nil {
		return u, err
	}
	procs, err := procfs.AllProcs()
	if err != nil {
		return u, err
	}
	for _, p := range procs {
		s, err := p.Stat()
		if err != nil {
			continue // it has ended
		}
		ticks := float64(s.UTime + s.STime)
		switch {
		case s.PID == stat.PPID:
			ticks += float64(s.CUTime + s.CSTime)
		case s.PPID != stat.PPID:
			continue
		}
		u.server += time.Duration(ticks / userHZ * float64(time.Second))
	}
	return u, nil
}

// userHZ is the unit of CPU times in /proc/<pid>/stat on Linux (proc(5)).
const userHZ = 100

// memory sums the RssAnon, in MB, of the backends with an application_name.
func (w *world) memory(ctx context.Context, app string) (mb float64, err error) {
	rows, err := w.admin.QueryContext(ctx, "SELECT pid FROM pg_stat_activity WHERE application_name = $1", app)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return 0, err
		}
		p, err := procfs.NewProc(pid)
		if err != nil {
			return 0, err
		}
		status, err := p.NewStatus()
		if err != nil {
			return 0, err
		}
		mb += float64(status.RssAnon) / (1 << 20)
	}
	return mb, rows.Err()
}
