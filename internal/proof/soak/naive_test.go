package soak

import "testing"

// The same operations with plain pgx and `SET search_path` at each checkout break isolation: what TestSoak looks for is found
// when it is there.
func TestNaiveHandleIsCaught(t *testing.T) {
	s := newSoak(t, 5)
	s.naive, s.log = true, t.Logf
	s.more = func() bool { return s.times(foreignRead) == 0 || s.ops.Load() < 500 }
	s.handles = s.openNaive(t)
	s.run()
	s.auditAll()
	t.Logf("%d operations%s", s.ops.Load(), s.table())
	for _, contract := range []string{foreignRead, foreignWrite, lost} {
		if s.times(contract) == 0 {
			t.Errorf("not found: %s", contract)
		}
	}
}
