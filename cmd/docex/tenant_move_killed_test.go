package main

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

var (
	moveKills = flag.Int("kills", 2, "how many times TestMoveKilled kills docex tenant move")
	moveRows  = flag.Int("rows", 2000, "of each tenant that it moves")
	moveSeed  = flag.Uint64("seed", rand.Uint64(), "of the moments of the kills")
)

// killsEach is how often the move of one tenant is killed at most before it may finish.
const killsEach = 4

// moveStages are how the lines begin that docex tenant move says in its course, after the id. The first stage is before
// all of them.
var moveStages = []string{"", "suspended here", "exported", "it is there", "all of it is there", "dropped here"}

// arrivedStage is the first of moveStages in which the tenant is in the other database.
const arrivedStage = 3

// TestMoveKilled: whenever docex tenant move is killed, the tenant is whole in one of the two databases, or in both
// while the first one is suspended; what was not dropped is untouched; and the same command again finishes the move.
// Each kill falls in a stage that is drawn first, since most of the time goes into export and import.
func TestMoveKilled(t *testing.T) {
	t.Parallel()
	pgtest.Clients(t, pgtest.Server(t))
	m := newMoving(t)
	t.Logf("seed %d", *moveSeed) // repeat with -seed
	random := rand.New(rand.NewPCG(*moveSeed, 0))
	began := time.Now()
	want := m.create("timed")
	filled := time.Since(began)
	stages := m.move("timed", moment{})
	if len(stages.took) != len(moveStages) {
		t.Fatalf("a move that nobody disturbs does not work, or does not say how far it is: %v", stages)
	}
	m.check("timed", want, stages)
	outcomes := map[string]int{}
	for kills, n := 0, 0; kills < *moveKills; n++ {
		id := fmt.Sprintf("t%d", n)
		want := m.create(id)
		done := false
		for range killsEach {
			at := moment{stage: random.IntN(len(moveStages)), kill: true}
			at.after = time.Duration(random.Float64() * 1.1 * float64(stages.took[at.stage]))
			run := m.move(id, at)
			if done = run.done; done {
				break
			}
			kills++
			outcomes[fmt.Sprintf("%q: %s", moveStages[run.stage], m.check(id, want, run))]++
		}
		if !done {
			run := m.move(id, moment{})
			if m.check(id, want, run); !run.done {
				t.Fatalf("%s: the last move does not work", id)
			}
		}
	}
	t.Logf("%d rows made in %v; stages took %v; %d kills; found, by the last stage: %v", *moveRows, filled, stages.took,
		*moveKills, outcomes)
}

// moment is when a move is killed: some time after a stage has begun, or at the end of it.
type moment struct {
	kill  bool
	stage int
	after time.Duration
}

// moveRun is how far a move went.
type moveRun struct {
	done  bool // it had succeeded
	stage int  // the last one that it said it was in
	took  map[int]time.Duration
}

// moving is two databases, and a folder with their configuration files.
type moving struct {
	t        *testing.T
	dir      string
	from, to place
}

type place struct {
	p  *provision.Provisioner
	db *sql.DB
}

func newMoving(t *testing.T) moving {
	t.Helper()
	m := moving{t: t, dir: t.TempDir()}
	m.from, m.to = m.place("from.yaml"), m.place("to.yaml")
	return m
}

func (m moving) place(file string) place {
	m.t.Helper()
	db := pgtest.NewDB(m.t)
	cfg := config.Default()
	cfg.Database = config.Database{AdminDSN: config.DSN(db.AdminDSN), AppDSN: config.DSN(db.AppDSN)}
	cfg.Provision.AppRole, cfg.Provision.Distribution = db.AppRole, cmp.Or(db.Distribution, string(provision.Local))
	text, err := cfg.Render()
	if err == nil {
		err = os.WriteFile(filepath.Join(m.dir, file), text, 0o600)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	s := place{db: db.Admin(m.t)}
	if s.p, err = newProvisioner(s.db, cfg); err == nil {
		err = s.p.Init(m.t.Context())
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// create makes a tenant with rows, and returns their digest.
func (m moving) create(id string) string {
	m.t.Helper()
	_, err := m.from.p.Create(m.t.Context(), provision.Tenant{ID: id})
	if err == nil {
		_, err = m.from.db.ExecContext(m.t.Context(), fmt.Sprintf(
			`INSERT INTO tenant_%s.docbasket (name) SELECT 'basket ' || i FROM generate_series(1, %d) AS i`, id, *moveRows))
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return m.digest(m.from, id)
}

func (m moving) digest(at place, id string) (digest string) {
	m.t.Helper()
	query := fmt.Sprintf(`SELECT concat(count(*), ' ', sum(hashtextextended(b::text, 0)), ' ',
  (SELECT last_value FROM tenant_%[1]s.docbasket_id_seq)) FROM tenant_%[1]s.docbasket AS b`, id)
	if err := at.db.QueryRowContext(m.t.Context(), query).Scan(&digest); err != nil {
		m.t.Error(err)
	}
	return digest
}

// move runs the program and kills it at a moment.
func (m moving) move(id string, at moment) (run moveRun) {
	m.t.Helper()
	cmd := exec.Command("docex", "-c", "from.yaml", "tenant", "move", id, "--to", "to.yaml", "--confirm", id, "--dir", ".")
	cmd.Dir = m.dir
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	run.took = map[int]time.Duration{}
	began := time.Now()
	killLater := func() {
		if at.kill && at.stage == run.stage {
			time.AfterFunc(at.after, func() { _ = cmd.Process.Kill() }) // the moment itself is what is chosen
		}
	}
	killLater()
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		stage := slices.IndexFunc(moveStages, func(s string) bool {
			return s != "" && strings.HasPrefix(lines.Text(), id+": "+s)
		})
		if stage < 0 {
			m.t.Logf("it says %q", lines.Text())
			continue
		}
		run.took[run.stage] = time.Since(began)
		run.stage, began = stage, time.Now()
		killLater()
	}
	err = cmd.Wait()
	run.done, run.took[run.stage] = err == nil, time.Since(began)
	const disconnect = `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
 WHERE application_name IN ('docex', 'pg_dump') AND datname = current_database()`
	for _, at := range []place{m.from, m.to} { // the server may be in the middle of a statement
		if _, err := at.db.ExecContext(m.t.Context(), disconnect); err != nil {
			m.t.Fatal(err)
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		m.t.Errorf("%s: the move ended with %v", id, err)
	}
	return run
}

// check says what is wrong, and where the tenant is.
func (m moving) check(id, want string, run moveRun) string {
	m.t.Helper()
	here, there := m.look(m.from, id, want), m.look(m.to, id, want)
	if run.stage >= arrivedStage && there == "none" {
		m.t.Errorf("%s: it was said to be there", id)
	}
	switch fmt.Sprintf("%s, %s", here, there) {
	case "dropped, active", "dropped, suspended": // suspended: it was so when an earlier run was killed
	case "active, none", "suspended, none", "suspended, active", "suspended, suspended":
		if run.done {
			m.t.Errorf("%s: moved, and it is %s here and %s there", id, here, there)
		}
	default:
		m.t.Errorf("%s: it is %s here and %s there", id, here, there)
	}
	return here + " here, " + there + " there"
}

// look returns a tenant's state, and wants it to be whole, or gone except its row in the registry.
func (m moving) look(at place, id, want string) string {
	m.t.Helper()
	ctx := context.Background()
	t, err := at.p.Get(ctx, id)
	switch {
	case errors.Is(err, scope.ErrTenantNotProvisioned):
		t.State = "none"
	case err != nil:
		m.t.Error(err)
	}
	if t.State == provision.Active || t.State == provision.Suspended {
		if got := m.digest(at, id); got != want {
			m.t.Errorf("%s, %s: rows are %s, want %s", id, t.State, got, want)
		}
		if err := at.p.Verify(ctx, id); err != nil {
			m.t.Error(err)
		}
		return string(t.State)
	}
	var left bool
	const query = `SELECT to_regnamespace('tenant_' || $1) IS NOT NULL OR EXISTS (
  SELECT FROM pg_roles, docex_system.installation WHERE rolname = shared_role || '_' || $1)`
	if err := at.db.QueryRowContext(ctx, query, id).Scan(&left); err != nil || left {
		m.t.Errorf("%s, %s: schema or role is there: %v", id, t.State, err)
	}
	return string(t.State)
}
