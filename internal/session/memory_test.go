package session

import "testing"

// The bound is what fits into the rest of the budget, at what each tenant has taken so far.
func TestGauge(t *testing.T) {
	const mb = 1 << 20
	g := gauge{tenants: 20, used: 10 * mb}
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
		if got, known := g.most(tt.tenants, tt.used, tt.total, 128*mb); got != tt.want || known != tt.known {
			t.Errorf("%s: %d, %t; want %d, %t", tt.name, got, known, tt.want, tt.known)
		}
	}
}
