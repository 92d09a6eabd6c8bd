package session

import "testing"

// What the pins say in turn, and what is known then.
func TestCitusIsLearned(t *testing.T) {
	for _, tt := range []struct {
		said []string
		want bool
	}{
		{[]string{""}, false},
		{[]string{"local"}, false},
		{[]string{"distributed"}, true},
		{[]string{"local", "loaded"}, false},
		{[]string{"distributed", "loaded", "loaded"}, true},
		{[]string{"", "loaded"}, true}, // another server behind the same address
		{[]string{"", "loaded", "loaded", ""}, false},
		{[]string{"distributed", "local"}, false},
	} {
		var c citus
		for _, said := range tt.said {
			c.learn(said)
		}
		if got := c.distributed.Load(); got != tt.want {
			t.Errorf("%q: %t, want %t", tt.said, got, tt.want)
		}
	}
}

// Behind a pooler the bound would close what keeps no connection to a worker.
func TestTenantsOfAll(t *testing.T) {
	for _, tt := range []struct {
		distributed, pooler bool
		max, want           int
	}{{true, false, 0, 7}, {true, true, 0, 0}, {true, false, 9, 0}, {false, false, 0, 0}} {
		s := &Session{shared: NewShared(Config{MaxTenants: tt.max, WorkerConnections: 7})}
		s.pooler = tt.pooler
		s.shared.citus.distributed.Store(tt.distributed)
		if got := s.TenantsOfAll(); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
		if waits := s.shared.Patience() == citusPatience; waits != tt.distributed {
			t.Errorf("%+v: waits long: %t", tt, waits)
		}
	}
}
