package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

var (
	kills = flag.Int("kills", 10, "how many times each test of crashes kills its victim")
	rows  = flag.Int("rows", 1000, "of the tenant that is imported")
	seed  = flag.Uint64("seed", rand.Uint64(), "of the moments of the kills")
)

// victim is a database with provisioned tenants that lives through crashes.
type victim struct {
	site
	whole map[provision.State]string // what a tenant in each state looks like
	took  map[string]time.Duration   // what each operation took in the test's own surroundings, uninterrupted
	rand  *rand.Rand
	ops   []operation // those that can be done here
}

// newVictim initialises a database and looks at one undisturbed tenant in each state. Operations are left out by name.
func newVictim(t *testing.T, admin *sql.DB, dsn, app string, leaveOut ...string) *victim {
	t.Helper()
	t.Logf("seed %d", *seed) // repeat with -seed
	p, err := provision.New(admin, provision.Config{AppRole: app})
	if err := errors.Join(err, p.Init(t.Context())); err != nil {
		t.Fatal(err)
	}
	v := &victim{
		site: site{p, admin, t.TempDir(), dsn}, whole: map[provision.State]string{}, took: map[string]time.Duration{},
		rand: rand.New(rand.NewPCG(*seed, 0)),
	}
	pgtest.Clients(t, pgtest.Server(t))
	v.ops = slices.DeleteFunc(slices.Clone(operations), func(op operation) bool {
		return slices.Contains(leaveOut, op.name)
	})
	for _, state := range []provision.State{
		none, adoptable, provision.Active, upgraded, provision.Suspended, provision.Dropped,
	} {
		id := "whole-" + string(state)
		if err := bring(t.Context(), v.site, id, state); err != nil {
			t.Fatal(err)
		}
		v.whole[state] = v.look(t, id)
	}
	return v
}

// moment returns when to strike, from the start of an operation: at any time of it, or soon after. It does not always
// take as long as it took.
func (v *victim) moment(op operation) time.Duration {
	return time.Duration(v.rand.Float64() * 2 * float64(v.took[op.name]))
}

// reconnect gives up the connections that a crash has broken.
func (v *victim) reconnect() {
	v.db.SetMaxIdleConns(-1)
	v.db.SetMaxIdleConns(len(v.ops))
}

// footprint lists everything that the server knows about a tenant, one line each, with its names as $id and $role.
const footprint = `
WITH inst AS (SELECT COALESCE((SELECT role_name FROM docex_system.tenant WHERE id = $1), shared_role || '_' || $1)
                       AS role, app_role FROM docex_system.installation),
     n AS (SELECT oid, nspname, nspacl FROM pg_namespace WHERE nspname IN ('tenant_' || $1, 'old_' || $1)),
     line (text) AS (
  SELECT format('registered %s, %s, %s, role %s, suspended %s, dropped %s', id, state, schema_name, role_name,
    suspended_at IS NOT NULL, dropped_at IS NOT NULL)
    FROM docex_system.tenant WHERE id = $1
  UNION ALL SELECT format('schema %s %s', nspname, nspacl) FROM n
  UNION ALL SELECT format('relation %s %s %s', relname, relkind, relacl) FROM pg_class JOIN n ON n.oid = relnamespace
  UNION ALL SELECT format('constraint %s %s', conname, pg_get_constraintdef(c.oid)) FROM pg_constraint AS c JOIN n
    ON n.oid = connamespace
  UNION ALL SELECT format('routine %s %s', proname, proacl) FROM pg_proc JOIN n ON n.oid = pronamespace
  UNION ALL SELECT format('type %s', typname) FROM pg_type JOIN n ON n.oid = typnamespace
  UNION ALL SELECT format('default rights %s %s', defaclobjtype, defaclacl) FROM pg_default_acl JOIN n
    ON n.oid = defaclnamespace
  UNION ALL SELECT format('role %s', rolname) FROM pg_roles, inst WHERE rolname = role
  UNION ALL SELECT format('%s is a member of %s', m.rolname, g.rolname)
    FROM pg_auth_members AS a JOIN pg_roles AS m ON m.oid = a.member JOIN pg_roles AS g ON g.oid = a.roleid, inst
   WHERE inst.role IN (m.rolname, g.rolname))
SELECT COALESCE(string_agg(replace(replace(text, role, '$role'), $1, '$id'), E'\n'
  ORDER BY replace(text, $1, '$id') COLLATE "C"), '') FROM line, inst`

func (v *victim) look(t *testing.T, id string) string {
	t.Helper()
	var lines string
	if err := v.db.QueryRowContext(context.Background(), footprint, id).Scan(&lines); err != nil {
		t.Fatal(err)
	}
	return lines
}

// orphans lists schemas and roles without a tenant in the registry.
const orphans = `
SELECT COALESCE(string_agg(name, ', '), '') FROM (
  SELECT 'schema ' || nspname FROM pg_namespace
   WHERE nspname LIKE 'tenant\_%' AND nspname NOT IN (SELECT schema_name FROM docex_system.tenant
     WHERE state <> 'dropped')
  UNION ALL
  SELECT 'role ' || rolname FROM pg_roles, docex_system.installation
   WHERE starts_with(rolname, shared_role) AND rolname <> shared_role
     AND rolname NOT IN (SELECT role_name FROM docex_system.tenant WHERE state <> 'dropped')
     AND rolname NOT IN (SELECT role_name FROM docex_system.reserve)
) AS o (name)`

// check says what is wrong with a tenant after an operation on it was cut off, or had returned nil before that (done),
// and gives the state that the tenant was left in.
func (v *victim) check(t *testing.T, op operation, id string, done bool) provision.State {
	t.Helper()
	var left string
	if err := v.db.QueryRowContext(t.Context(), orphans).Scan(&left); err != nil || left != "" {
		t.Errorf("%s: left behind: %s %v", op.name, left, err)
	}
	found := v.look(t, id)
	state := op.after
	switch {
	case found == v.whole[op.after]:
	case found == v.whole[op.before] && !done:
		state = op.before
	default:
		t.Errorf("%s, returned %t: neither as before nor as after (-after +found):\n%s", op.name, done,
			cmp.Diff(strings.Split(v.whole[op.after], "\n"), strings.Split(found, "\n")))
	}
	if state == provision.Active || state == upgraded || state == provision.Suspended {
		if err := v.p.Verify(t.Context(), id); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
	}
	v.createAgain(t, op, id, state)
	return state
}

// createAgain: the id of a tenant that is not there is free, and that of any other is said to be taken.
func (v *victim) createAgain(t *testing.T, op operation, id string, state provision.State) {
	t.Helper()
	err := create(t.Context(), v.site, id)
	switch {
	case state != none && state != adoptable:
		wantIs(t, err, provision.ErrTenantExists)
	case err != nil:
		t.Errorf("%s: Create after the crash: %v", op.name, err)
	case state == none:
		if d := cmp.Diff(v.whole[provision.Active], v.look(t, id)); d != "" {
			t.Errorf("%s: Create after the crash (-want +got):\n%s", op.name, d)
		}
	}
}
