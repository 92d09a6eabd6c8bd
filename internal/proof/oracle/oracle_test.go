package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// enough is how many statements must succeed for a test to prove something.
const enough = 200

// tally counts what the server answered.
type tally map[string]int

func (n tally) check(t *testing.T, major int) {
	t.Helper()
	var codes []string
	total := 0
	for _, code := range slices.Sorted(maps.Keys(n)) {
		total += n[code]
		codes = append(codes, fmt.Sprintf("%q: %d", code, n[code]))
	}
	t.Logf("PostgreSQL %d: %d statements ran, %d succeeded; by SQLSTATE %s", major, total, n[""],
		strings.Join(codes, ", "))
	if n[""] < enough {
		t.Errorf("%d statements succeeded, want at least %d", n[""], enough)
	}
}

// No statement that the guard allows needs more than the tenant's own schema and ref.
func TestAllowedNeedNoOtherPermission(t *testing.T) {
	s := pinned(t, world(t).AppDSN)
	n := tally{}
	for _, st := range allowed(t, s.major) {
		got := s.inTransaction(t, st, "ROLLBACK")
		n[got.code]++
		if complaint := forbidden(got); complaint != "" {
			t.Errorf("%s: %s\n%s", st.id, st.sql, complaint)
		} else if got.code != "" {
			t.Logf("%s: %s: %.100s", st.id, got.code, got.text)
		}
	}
	n.check(t, s.major)
}

// forbidden says what is wrong with a tenant's outcome.
func forbidden(got outcome) string {
	if got.code == codePermission {
		return got.text
	}
	return leak(got)
}

// No statement that the guard allows shows another tenant's data, even to a superuser, nor changes anything outside the
// tenant's schema.
func TestAllowedShowNoOtherTenant(t *testing.T) {
	s := pinned(t, world(t).AdminDSN)
	n := tally{}
	before := s.lines(t, surroundings(t, s))
	for _, st := range allowed(t, s.major) {
		got := s.inTransaction(t, st, "ROLLBACK")
		n[got.code]++
		if complaint := leak(got); complaint != "" {
			t.Errorf("%s: %s\n%s", st.id, st.sql, complaint)
		}
		if diff := cmp.Diff(before, s.lines(t, surroundings(t, s))); diff != "" {
			t.Fatalf("%s: %s\nchanged what is not the tenant's, though it was rolled back (-before +after):\n%s", st.id, st.sql,
				diff)
		}
	}
	n.check(t, s.major)
}

// leak finds marks of another tenant or of the system in what came back.
func leak(got outcome) string {
	for _, mark := range []string{"GLOBEX-SECRET", "SYSTEM-SECRET"} {
		if strings.Contains(got.text, mark) {
			return "shows " + mark
		}
	}
	return ""
}

// No statement that the guard allows leaves a trace in the session, even when a superuser commits it, nor in anything
// outside the tenant's schema. It is committed since much of a session's state, LISTEN for one, comes with COMMIT only.
func TestAllowedLeaveNoTrace(t *testing.T) {
	s := pinned(t, world(t).AdminDSN)
	n := tally{}
	before := s.lines(t, sessionState)
	around := s.lines(t, surroundings(t, s))
	for _, st := range allowed(t, s.major) {
		n[s.inTransaction(t, st, "COMMIT").code]++
		if diff := cmp.Diff(before, s.lines(t, sessionState)); diff != "" {
			t.Fatalf("%s: %s\nchanged the session (-before +after):\n%s", st.id, st.sql, diff)
		}
		if diff := cmp.Diff(around, s.lines(t, surroundings(t, s))); diff != "" {
			t.Fatalf("%s: %s\nchanged what is not the tenant's (-before +after):\n%s", st.id, st.sql, diff)
		}
	}
	n.check(t, s.major)
}
