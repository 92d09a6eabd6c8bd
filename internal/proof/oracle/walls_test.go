package oracle

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/guard"
)

var update = flag.Bool("update", false, "write testdata/walls/needs-guard.txt anew; use the newest PostgreSQL")

const needsGuardFile = "testdata/walls/needs-guard.txt"

// The tenants' roles alone, with the guard off: no statement of the corpus reads or changes a row of another tenant's
// or of the system's, though it commits. What the server lets through all the same is in needs-guard.txt, no more and
// no less.
func TestRoleWallAlone(t *testing.T) {
	t.Parallel()
	w := newWalls(t, false)
	var through []passed
	n := map[string]int{}
	for _, st := range w.refusedByGuard(t) {
		kind, got := w.try(t, st, "COMMIT")
		n[kind]++
		switch kind {
		case refused, failed:
			continue
		case reachedRows:
			t.Errorf("%s: %s\nreached what is not the tenant's: %s", st.id, st.sql, got.text)
		}
		through = append(through, passed{st.id, st.class, kind})
	}
	w.settled(t)
	t.Logf("PostgreSQL %d: %v", w.admin.major, n)
	if n[refused] < 460 {
		t.Errorf("%d statements were refused, want at least 460", n[refused])
	}
	if w.admin.major == 15 {
		wantCounted(t, n)
	}
	if *update {
		if err := os.WriteFile(needsGuardFile, []byte(needsGuard(t, through)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(needsGuardFile)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, st := range corpusOf(t, w.admin.major) {
		known[st.id] = true
	}
	newer := func(line string) bool { // what this server is too old for
		id, _, isEntry := strings.Cut(strings.TrimSpace(line), " ")
		return isEntry && strings.HasPrefix(line, "  deny-") && !known[id]
	}
	lines := slices.DeleteFunc(strings.Split(string(want), "\n"), newer)
	if diff := cmp.Diff(lines, strings.Split(needsGuard(t, through), "\n")); diff != "" {
		t.Errorf("what the server does not refuse has changed (-%s +now):\n%s", needsGuardFile, diff)
	}
}

// passed is a statement that the server did not refuse.
type passed struct{ id, class, kind string }

// needsGuard is the content of needs-guard.txt.
func needsGuard(t *testing.T, through []passed) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(needsGuardHead)
	classes := map[string]bool{}
	for i, p := range through {
		if i == 0 || through[i-1].class != p.class {
			if whyGuard[p.class] == "" || classes[p.class] {
				t.Errorf("class %s: no reason why it needs the guard, or not in one piece", p.class)
			}
			classes[p.class] = true
			fmt.Fprintf(&b, "\n%s: %s\n", p.class, whyGuard[p.class])
		}
		fmt.Fprintf(&b, "  %s %s\n", p.id, p.kind)
	}
	for class := range whyGuard {
		if !classes[class] {
			t.Errorf("class %s: the server refuses all of it", class)
		}
	}
	return b.String()
}

// Without either wall the same statements do reach other tenants' rows: the tests of each wall have something to stop.
// CI tries all of them, everybody else the first of each class.
func TestNeitherWall(t *testing.T) {
	t.Parallel()
	w := newWalls(t, true)
	all, enough := w.refusedByGuard(t), 120
	if os.Getenv("CI") == "" {
		all, enough = firstOfClass(all), 10
	}
	n := map[string]int{}
	for _, st := range all {
		kind, _ := w.try(t, st, "ROLLBACK")
		n[kind]++
	}
	t.Logf("PostgreSQL %d: %d statements: %v", w.admin.major, len(all), n)
	if n[reachedRows] < enough {
		t.Errorf("%d statements reached another tenant's rows, want at least %d", n[reachedRows], enough)
	}
}

// firstOfClass returns the first statement of each class, whose statements stand together.
func firstOfClass(all []statement) []statement {
	return slices.CompactFunc(slices.Clone(all), func(a, b statement) bool { return a.class == b.class })
}

// One login is a member of every tenant's role, so it can go from one to the other: that the guard refuses SET ROLE is
// what the second wall rests on. Each of these shows another tenant's rows to whoever can send any SQL.
func TestRolesRestOnTheGuard(t *testing.T) {
	w := newWalls(t, false)
	g := newGuard(t)
	globex := w.roles["globex"]
	for _, sql := range []string{
		"SET ROLE " + globex + "; SELECT name FROM tenant_globex.documents",
		"SET LOCAL role = '" + globex + "'; SELECT name FROM tenant_globex.documents",
		"SELECT set_config('role', '" + globex + "', true); SELECT name FROM tenant_globex.documents",
		"DO $$ BEGIN SET LOCAL ROLE " + globex +
			"; RAISE NOTICE '%', (SELECT min(name) FROM tenant_globex.documents); END $$",
	} {
		if kind, got := w.try(t, statement{id: "escape", sql: sql}, "ROLLBACK"); kind != reachedRows {
			t.Errorf("%s: %s %s", sql, kind, got.text)
		}
		for _, one := range strings.SplitN(sql, "; SELECT", 2)[:1] {
			if err := g.Check(tenant, one); !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%s: %v, want a denial", one, err)
			}
		}
	}
}
