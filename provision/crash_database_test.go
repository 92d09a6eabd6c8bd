package provision_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// databaseOperations are those that go through all tenants of a database, one by one.
var databaseOperations = []operation{
	{name: "rehome", prepare: nothing, run: func(ctx context.Context, s site, _ string) error {
		return s.p.Rehome(ctx, nil)
	}},
	{name: "repair", prepare: nothing, run: repairAll},
}

func repairAll(ctx context.Context, s site, _ string) error {
	var left []error
	err := s.p.Repair(ctx, func(o provision.RepairOutcome) { left = append(left, o.Err) })
	return errors.Join(append(left, err)...)
}

// killsInOne is how often one run of such an operation is killed at most before it may finish.
const killsInOne = 4

// The program or the server is killed in the middle of Rehome of a copy, and of Repair behind it. At any moment each
// tenant is as before or as after, and the original is untouched; the next run finishes the rest.
func TestDatabaseKilled(t *testing.T) {
	t.Parallel()
	o := newCrashOriginal(t)
	timed := o.copy(t, "timed")
	for _, op := range databaseOperations {
		timed.before(t, op)
		if !timed.v.interrupt(t, timed.w, op, "", time.Minute) {
			t.Fatalf("%s, which nobody disturbs, does not work", op.name)
		}
		timed.after(t)
	}
	o.took = timed.v.took
	outcomes := map[string]int{}
	for n, killed := 0, 0; killed < (*kills+1)/2; n++ { // each one is checked all over, which takes longer
		c := o.copy(t, fmt.Sprint(n))
		for _, op := range databaseOperations {
			c.before(t, op)
			for range killsInOne {
				if c.interrupt(t, op, killed%5 == 4) {
					break
				}
				killed++
				c.check(t)
				outcomes[op.name+": "+c.w.value(howFar)]++
			}
			if err := op.run(t.Context(), c.v.site, ""); err != nil {
				t.Fatalf("%s: the last run: %v", op.name, err)
			}
			c.after(t)
		}
		c.w.admin.Close()
	}
	t.Logf("operations take %v; tenants with roles, of those killed: %v", o.took, outcomes)
}

// crashOriginal is the database of which copies are made, on a server that may be killed.
type crashOriginal struct {
	w      world
	server *pgserver.Server
	want   map[string]string // what each tenant looks like
	rights []string
	took   map[string]time.Duration
	rand   *rand.Rand
}

func newCrashOriginal(t *testing.T) *crashOriginal {
	t.Helper()
	if os.Getenv(pgserver.EnvURL) != "" {
		t.Skipf("the server of %s is not ours to kill; .ci/run runs this without", pgserver.EnvURL)
	}
	t.Logf("seed %d", *seed) // repeat with -seed
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	o := &crashOriginal{server: server, rand: rand.New(rand.NewPCG(*seed, 0)), want: map[string]string{}}
	postgres := o.open(t, "postgres")
	postgres.exec("CREATE ROLE app LOGIN NOINHERIT", "CREATE DATABASE original")
	postgres.admin.Close()
	o.w = o.open(t, "original")
	p := o.w.initialized(provision.Config{})
	for _, id := range []string{"acme", "t1", "t2", "t3"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		o.want[id] = ""
	}
	if err := p.Suspend(t.Context(), "t3"); err != nil {
		t.Fatal(err)
	}
	for id := range o.want {
		o.want[id] = lookAlike(t, o.w, id)
	}
	o.rights = o.w.rights()
	return o
}

// open returns a database of the server. Its handle keeps no connections, which would keep the database from being
// copied, and be broken by the next kill.
func (o *crashOriginal) open(t *testing.T, name string) world {
	t.Helper()
	w := world{DB: &pgtest.DB{Name: name, AdminDSN: o.server.DSN(name) + "&synchronous_commit=on", AppRole: "app"}, t: t}
	w.admin = w.Admin(t)
	w.admin.SetMaxIdleConns(-1)
	return w
}

// installationName is in the names of an installation's roles.
var installationName = regexp.MustCompile(`docex_[0-9a-f]{8}`)

// lookAlike is a tenant's footprint, which is alike in all installations.
func lookAlike(t *testing.T, w world, id string) string {
	t.Helper()
	v := victim{site: site{db: w.admin}}
	return installationName.ReplaceAllString(v.look(t, id), "docex")
}

// crashCopy is one copy, and what an operation on it may find.
type crashCopy struct {
	o          *crashOriginal
	w          world
	v          *victim
	want, lost map[string]string // what each tenant looks like when it is sound, and when the operation begins
}

func (o *crashOriginal) copy(t *testing.T, name string) *crashCopy {
	t.Helper()
	// Without the checkpoint a crash would set the copy's sequences back: the server writes ahead what it hands out, and
	// takes the original's record of that for one of the copy's (sequence.c, nextval_internal).
	o.w.exec("CREATE DATABASE copy_"+name+" TEMPLATE original", "CHECKPOINT")
	w := o.open(t, "copy_"+name)
	s := site{p: w.provisioner(provision.Config{}), db: w.admin}
	return &crashCopy{o: o, w: w, v: &victim{site: s, took: map[string]time.Duration{}}, want: o.want}
}

// before makes what an operation is for. The copy itself is what Rehome is for.
func (c *crashCopy) before(t *testing.T, op operation) {
	t.Helper()
	if op.name == "repair" {
		c.w.loseRoles()
	}
	c.lost = map[string]string{}
	for id := range c.want {
		c.lost[id] = lookAlike(t, c.w, id)
	}
}

// interrupt runs an operation and kills it or the server at some moment. It reports whether it had succeeded before.
func (c *crashCopy) interrupt(t *testing.T, op operation, server bool) bool {
	t.Helper()
	moment := time.Duration(c.o.rand.Float64() * 1.2 * float64(c.o.took[op.name]))
	if !server {
		done := c.v.interrupt(t, c.w, op, "", moment)
		c.w.exec(disconnect)
		return done
	}
	result := make(chan error, 1)
	go func() { result <- op.run(t.Context(), c.v.site, "") }()
	time.Sleep(moment) // the moment itself is what is chosen
	if err := c.o.server.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	return <-result == nil
}

// howFar is how many tenants have roles of the copy's own.
const howFar = `
SELECT CASE WHEN rehomed_from IS NULL AND NOT EXISTS (SELECT FROM docex_system.audit WHERE action = 'rehome')
            THEN 'not begun' ELSE count(r.oid) || ' of ' || count(*) END
  FROM docex_system.installation, docex_system.tenant AS t
  LEFT JOIN pg_roles AS r ON r.rolname = t.role_name
       AND starts_with(rolname, (SELECT shared_role FROM docex_system.installation))
 WHERE NOT is_system GROUP BY rehomed_from`

// check says what is wrong with a tenant, and returns how many are as they should be.
func (c *crashCopy) check(t *testing.T) (done int) {
	t.Helper()
	for id, want := range c.want {
		switch found := lookAlike(t, c.w, id); {
		case found == want:
			done++
		case found != c.lost[id]:
			t.Errorf("%s: neither as before nor as after (-after +found):\n%s", id, cmp.Diff(want, found))
		}
	}
	if d := cmp.Diff(c.o.rights, c.o.w.rights()); d != "" {
		t.Errorf("the original is touched: %s", d)
	}
	return done
}

// after checks the whole database when an operation has come to its end.
func (c *crashCopy) after(t *testing.T) {
	t.Helper()
	if done := c.check(t); done != len(c.want) {
		t.Errorf("%d of %d tenants are as they should be", done, len(c.want))
	}
	c.w.wantVerified(t, c.v.p, len(c.want))
	var left string
	err := c.w.admin.QueryRowContext(t.Context(), orphans).Scan(&left)
	if err := errors.Join(err, c.v.p.CheckCopy(t.Context())); err != nil || left != "" {
		t.Errorf("left behind: %s %v", left, err)
	}
	if got := c.w.value(`SELECT count(*) FROM pg_shdepend AS s JOIN pg_database AS d ON d.oid = s.dbid
	  JOIN pg_roles AS r ON r.oid = s.refobjid WHERE datname = current_database() AND rolname ~ '^docex_'
	   AND NOT starts_with(rolname, (SELECT shared_role FROM docex_system.installation))`); got != "0" {
		t.Errorf("roles of another installation have %s rights", got)
	}
}
