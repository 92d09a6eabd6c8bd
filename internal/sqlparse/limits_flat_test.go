//go:build !race

package sqlparse

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
)

// The race detector takes memory of its own, which this test would count, and makes it take minutes. Reading C's answer
// has no concurrency for it to look into.

// TestFlatAtLimits parses the widest statements and garbage that the default limits let through, and looks at the
// memory. It shares the texts out among as many children as there are processors.
func TestFlatAtLimits(t *testing.T) {
	var parsed atomic.Int64
	t.Cleanup(func() {
		if want := len(flatTexts()); int(parsed.Load()) != want {
			t.Errorf("%d texts parsed, want %d", parsed.Load(), want)
		}
	})
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			n, out, err := child(t, fmt.Sprintf("flat %d %d", part, parts), 1024)
			if err != nil {
				t.Fatalf("%v\n%s", err, clip(out))
			}
			parsed.Add(int64(n))
			t.Log(out)
		})
	}
}
