package provision

import (
	"context"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// A worker keeps its connection for so many tenants and then has the server forget it. A cancelled one gets none.
func TestLease(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDB(t).Admin(t)
	l := lease{db: db}
	pids := map[int]int{}
	for range leaseTenants + 1 {
		conn, err := l.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if l.used > 2 && l.used < leaseTenants {
			continue
		}
		var pid int
		if err := conn.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		pids[pid]++
	}
	if len(pids) != 2 {
		t.Errorf("%d server processes for %d tenants, want 2", len(pids), leaseTenants+1)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.get(ctx); err != context.Canceled {
		t.Errorf("with a cancelled context: %v", err)
	}
	l.release()
	if s := db.Stats(); s.InUse != 0 || s.OpenConnections != 1 {
		t.Errorf("%d in use, %d open", s.InUse, s.OpenConnections)
	}
}
