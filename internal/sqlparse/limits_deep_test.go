package sqlparse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
)

// smallestStack is the thread stack that the default limits are made for, in KiB: musl's default.
const smallestStack = 128

// TestAtLimits parses the deepest statement of each shape that the default limits let through, on small stacks.
func TestAtLimits(t *testing.T) {
	t.Parallel()
	for _, stack := range []int{smallestStack, 1024} {
		t.Run(fmt.Sprintf("%d KiB", stack), func(t *testing.T) {
			t.Parallel()
			if err := checkStack(text.DefaultMaxChain, stack<<10); err != nil {
				t.Skip(err) // the C code was compiled without optimisation; ValidateLimits refuses that stack
			}
			parsed, out, err := child(t, "deep", stack)
			if err != nil {
				t.Fatalf("%v\n%s", err, clip(out))
			}
			if parsed != len(hostile.Deep) {
				t.Fatalf("%d shapes parsed, want %d", parsed, len(hostile.Deep))
			}
			if strings.Contains(out, "size 0:") {
				t.Errorf("a shape does not pass at any size:\n%s", out)
			}
		})
	}
}

// TestChildNoticesCrash makes sure that TestAtLimits and TestFlatAtLimits can fail.
func TestChildNoticesCrash(t *testing.T) {
	t.Parallel()
	if _, out, err := child(t, "past", smallestStack); err == nil {
		t.Fatalf("20,000 links on a stack of %d KiB did not crash:\n%s", smallestStack, clip(out))
	}
}

func TestValidateLimits(t *testing.T) {
	if err := ValidateLimits(text.Limits{}); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	if size := threadStackSize(); size < 16<<10 {
		t.Errorf("threads have %d bytes of stack", size)
	}
	for _, l := range []text.Limits{{MaxBytes: -1}, {MaxChain: 100_000}} {
		if ValidateLimits(l) == nil {
			t.Errorf("%+v is valid", l)
		}
	}
	if err := checkStack(text.DefaultMaxChain, smallestStack<<10); err != nil && stackPerLevel == 200 {
		t.Errorf("the default does not fit musl's stack: %v", err)
	}
	if checkStack(text.DefaultMaxChain+100, smallestStack<<10) == nil {
		t.Error("a longer chain fits musl's stack")
	}
}
