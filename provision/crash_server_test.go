package provision_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgserver"
)

// The server is killed, all processes at once, while one operation of each kind is under way. After its recovery each
// tenant is whole, and what had returned before the kill has happened.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	v, server := ownServer(t)
	ids := v.prepareAll(t, "timed")
	v.runAll(t.Context(), ids, v.took)()
	outcomes := map[string]int{}
	for round := range *kills {
		ids := v.prepareAll(t, fmt.Sprint(round))
		strike := v.moment(v.ops[v.rand.IntN(len(v.ops))])
		ctx, cancel := context.WithCancel(t.Context())
		wait := v.runAll(ctx, ids, nil)
		time.Sleep(strike) // the moment itself is what is chosen
		killed := server.Kill(t.Context())
		cancel()
		done := wait()
		if killed != nil {
			t.Fatal(killed)
		}
		v.reconnect()
		for i, op := range v.ops {
			outcomes[fmt.Sprintf("%s: %s", op.name, v.check(t, op, ids[i], done[i]))]++
		}
	}
	t.Logf("%d kills of the server; %v", *kills, outcomes)
}

// prepareAll gets a tenant ready for each operation.
func (v *victim) prepareAll(t *testing.T, name string) []string {
	t.Helper()
	ids := make([]string, len(v.ops))
	for i, op := range v.ops {
		ids[i] = op.name + "-" + name
		if err := op.prepare(t.Context(), v.site, ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// runAll starts all operations at once. The function that it returns waits for them and reports which returned nil.
// Where took is not nil it is told how long each took.
func (v *victim) runAll(ctx context.Context, ids []string, took map[string]time.Duration) (wait func() []bool) {
	done := make([]bool, len(v.ops))
	lasted := make([]time.Duration, len(v.ops))
	start := time.Now()
	var wg sync.WaitGroup
	for i, op := range v.ops {
		wg.Go(func() {
			done[i] = op.run(ctx, v.site, ids[i]) == nil
			lasted[i] = time.Since(start)
		})
	}
	return func() []bool {
		wg.Wait()
		for i, op := range v.ops {
			if took != nil {
				took[op.name] = lasted[i]
			}
		}
		return done
	}
}

// ownServer starts a server that may be killed, with an initialised database.
func ownServer(t *testing.T) (*victim, *pgserver.Server) {
	t.Helper()
	if os.Getenv(pgserver.EnvURL) != "" {
		t.Skipf("the server of %s is not ours to kill; .ci/run runs this without", pgserver.EnvURL)
	}
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	admin, err := sql.Open("pgx", server.DSN("postgres")+"&synchronous_commit=on")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	if _, err := admin.ExecContext(t.Context(), "CREATE ROLE app LOGIN NOINHERIT"); err != nil {
		t.Fatal(err)
	}
	// An import is the same to the server, and needs no archive of its own in each round.
	return newVictim(t, admin, server.DSN("postgres"), "app", "restore"), server
}
