package driver_test

import (
	"testing"

	"github.com/docex/docex/driver"
)

// visit has one connection serve a hundred tenants, twice, and returns how many connections were retired for that.
func visit(t *testing.T, w *world, params ...string) uint64 {
	t.Helper()
	c := w.connector(t, driver.Config{}, params...)
	db := w.openConnector(t, 1, c)
	for i := range 2 * crowdSize {
		if got, err := seen(as(crowd(i)), db); err != nil || got != crowd(i) {
			t.Fatalf("%s: %q, %v", crowd(i), got, err)
		}
	}
	return c.Stats().Retired
}

// A connection serves as many tenants as fit into its memory, by measure. Where memory cannot be measured, 120.
func TestSessionMemory(t *testing.T) {
	w := newCrowd(t)
	if n := visit(t, w, "docex_session_memory", "4"); n == 0 {
		t.Error("a hundred tenants fit into 4 MB")
	}
	if n := visit(t, w); n != 0 {
		t.Errorf("a hundred tenants do not fit into the default: %d connections were retired", n)
	}
	for _, statement := range []string{
		"ALTER FUNCTION docex_system.session_memory() SECURITY INVOKER", // so the login may not ask
		"DROP FUNCTION docex_system.session_memory()",
	} {
		mustExec(t, w.admin, statement)
		if n := visit(t, w, "docex_session_memory", "4"); n != 0 {
			t.Errorf("behind %s: %d connections were retired", statement, n)
		}
	}
}
