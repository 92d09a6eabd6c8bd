//go:build !race

package sqlparse

import "testing"

// The race detector takes memory of its own, which this test would count, and makes it take minutes. Reading C's answer
// has no concurrency for it to look into.

// TestFlatAtLimits parses the widest statements and garbage that the default limits let through, and looks at the memory.
func TestFlatAtLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 s")
	}
	out, err := child(t, "flat", 1024)
	if err != nil {
		t.Fatalf("%v\n%s", err, clip(out))
	}
	t.Log(out)
}
