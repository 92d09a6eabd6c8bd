package pgxsuite

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/proof/pgxsuite/stdlib"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// way is one way to run the suite against docex.
type way struct {
	name    string // of package stdlib
	guarded bool
}

func (w way) String() string {
	if w.guarded {
		return w.name + "+guard"
	}
	return w.name
}

func (w way) env() []string {
	env := []string{"DOCEX_SUITE=" + w.name}
	if w.guarded {
		env = append(env, stdlib.Guard+"=on")
	}
	return env
}

var ways = []way{{stdlib.DSN, false}, {stdlib.Bind, false}, {stdlib.Wrap, false}, {stdlib.DSN, true}}

// TestPgxSuite: each of pgx's tests ends with docex as it does with pgx alone, under the same role and search_path,
// unless it is among the differences.
func TestPgxSuite(t *testing.T) {
	bin := build(t)
	db := pgtest.NewDB(t)
	role := populate(t, db)
	plain := runSuite(t, bin, "PGX_TEST_DATABASE="+asTenant(t, db.AppDSN, role))
	if len(plain) == 0 {
		t.Fatal("pgx has no tests")
	}
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		if failed(plain[name].outcome) {
			t.Errorf("%s: %s with pgx alone:\n%s", name, plain[name].outcome, plain[name].output)
		}
	}
	for _, w := range ways {
		t.Run(w.String(), func(t *testing.T) {
			got := runSuite(t, bin, append(w.env(), "PGX_TEST_DATABASE="+db.AppDSN)...)
			compare(t, w, plain, got)
		})
	}
}

// populate makes the tenant, whose role may create what the tests need, and returns the role.
func populate(t *testing.T, db *pgtest.DB) string {
	t.Helper()
	admin := db.Admin(t)
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := p.Init(ctx); err != nil {
		t.Fatal(err)
	}
	tenant, err := p.Create(ctx, provision.Tenant{ID: stdlib.Tenant})
	if err != nil {
		t.Fatal(err)
	}
	for _, grant := range []string{
		fmt.Sprintf("GRANT CREATE ON SCHEMA %q TO %q", tenant.Schema, tenant.Role),
		fmt.Sprintf("GRANT TEMPORARY ON DATABASE %q TO %q", db.Name, tenant.Role),
		fmt.Sprintf("GRANT pg_signal_backend TO %q", tenant.Role),
	} {
		if _, err := admin.Exec(grant); err != nil {
			t.Fatalf("%s: %v", grant, err)
		}
	}
	return tenant.Role
}

// asTenant gives a plain pgx connection what docex's pin gives to its own.
func asTenant(t *testing.T, dsn, role string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("role", role)
	q.Set("search_path", "tenant_"+stdlib.Tenant+",pg_temp")
	u.RawQuery = q.Encode()
	return u.String()
}

// compare holds the outcomes against those of pgx alone, and what differs against the list.
func compare(t *testing.T, w way, plain, got map[string]result) {
	t.Helper()
	differing := map[string]string{} // top-level test: what the tests that differ printed
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		if got[name].outcome != plain[name].outcome {
			top, _, _ := strings.Cut(name, "/")
			differing[top] += fmt.Sprintf("%s: %s, with pgx alone %s\n%s",
				name, got[name].outcome, plain[name].outcome, got[name].output)
		}
	}
	for _, d := range differences {
		if !d.in(w) {
			continue
		}
		output, differs := differing[d.test]
		switch {
		case !differs:
			t.Errorf("%s is listed as a difference and is none any more: shorten the list", d.test)
		case !strings.Contains(output, d.shows):
			t.Errorf("%s differs otherwise than listed: %q is not in\n%s", d.test, d.shows, output)
		default:
			t.Logf("as listed, %s differs: %s", d.test, d.why)
		}
		delete(differing, d.test)
	}
	for _, test := range slices.Sorted(maps.Keys(differing)) {
		t.Errorf("differs from pgx alone:\n%s", differing[test])
	}
	t.Logf("%d tests and subtests compared", len(got))
}
