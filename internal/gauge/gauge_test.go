package gauge

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The bound is what fits into the rest of the budget, at what each tenant has taken so far.
func TestGauge(t *testing.T) {
	const mb = 1 << 20
	g := &Gauge{}
	if _, known := g.Most(20, 10*mb, 20*mb, 128*mb); known {
		t.Error("one measurement has no slope")
	}
	for _, tt := range []struct {
		name        string
		tenants     int
		used, total int64
		want        int
		known       bool
	}{
		{"half a MB each", 40, 20 * mb, 28 * mb, 40 + 200, true},
		{"much less", 40, 10*mb + 20*1024, 20 * mb, 40 + 108*1024, true},
		{"no room left", 40, 50 * mb, 200 * mb, 20, true},
		{"no growth", 40, 10 * mb, 28 * mb, 0, false},
		{"fewer than before", 20, 20 * mb, 28 * mb, 20 + 10, true},
	} {
		if got, known := g.Most(tt.tenants, tt.used, tt.total, 128*mb); got != tt.want || known != tt.known {
			t.Errorf("%s: %d, %t; want %d, %t", tt.name, got, known, tt.want, tt.known)
		}
	}
}

// A session is measured at 20 tenants, and whenever it has served twice as many.
func TestDue(t *testing.T) {
	var g Gauge
	var at []int
	for tenants := range 100 {
		for range 2 {
			if g.Due(tenants) {
				at = append(at, tenants)
			}
		}
	}
	if diff := cmp.Diff([]int{20, 40, 80}, at); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
