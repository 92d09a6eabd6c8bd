package provision_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/provision"
)

// The program is killed in the middle of an operation. When the server is done with its connection each tenant is
// whole.
func TestProgramKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := newVictim(t, w.admin, w.AdminDSN, w.AppRole)
	for _, op := range v.ops {
		v.interrupt(t, w, op, op.name+"-timed", time.Minute)
	}
	outcomes := map[string]int{}
	for round := range *kills {
		op := v.ops[round%len(v.ops)]
		id := fmt.Sprintf("%s-%d", op.name, round)
		done := v.interrupt(t, w, op, id, v.moment(op))
		w.exec(disconnect)
		outcomes[fmt.Sprintf("%s: %s", op.name, v.check(t, op, id, done))]++
	}
	t.Logf("%d kills of the program; operations take %v; %v", *kills, v.took, outcomes)
}

// disconnect waits until the server is done with the program, which may be in the middle of a statement.
const disconnect = `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = 'crash'`

const (
	envProgram = "DOCEX_TEST_CRASH_DSN" // makes the test binary the program below
	envDir     = "DOCEX_TEST_CRASH_DIR" // its archives
	started    = "started"
	finished   = "finished"
)

// interrupt has a program run an operation and kills it at some moment, or when the operation is done. It reports
// whether the operation had returned nil, and if so notes how long it took.
func (v *victim) interrupt(t *testing.T, w world, op operation, id string, moment time.Duration) (done bool) {
	t.Helper()
	if err := op.prepare(t.Context(), v.site, id); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], op.name, id)
	cmd.Env = append(os.Environ(), envProgram+"="+w.AdminDSN+"&application_name=crash", envDir+"="+v.dir)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != started {
		t.Fatalf("%s: the program wrote %q", op.name, lines.Text())
	}
	start := time.Now()
	timer := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() }) // the moment itself is what is chosen
	for lines.Scan() {
		if lines.Text() == finished {
			done = true
			v.took[op.name] = time.Since(start)
			break
		}
	}
	timer.Stop()
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	return done
}

// program is what the test binary does in place of its tests: one operation on one tenant, until it is killed.
func program(dsn, operationName, id string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	ctx := context.Background()
	p, err := provision.New(db, provision.Config{})
	if err != nil {
		return err
	}
	if err := db.PingContext(ctx); err != nil { // the connection is not what is to be interrupted
		return err
	}
	for _, op := range slices.Concat(operations, databaseOperations) {
		if op.name != operationName {
			continue
		}
		fmt.Println(started)
		if err := op.run(ctx, site{p, db, os.Getenv(envDir), dsn}, id); err != nil {
			return err
		}
		fmt.Println(finished)
		select {} // until it is killed
	}
	return fmt.Errorf("no operation %q among %s", operationName, strings.Join(os.Args, " "))
}
