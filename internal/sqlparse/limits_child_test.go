package sqlparse

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// childEnv makes this test binary parse statements and print what it did, so that a crash of the C code is seen from outside.
const childEnv = "DOCEX_LIMITS_CHILD"

// smallestStack is the thread stack that the default limits are made for, in KiB: musl's default.
const smallestStack = 128

// tested is the largest text that the tests try, in bytes.
const tested = 8 << 20

// The main thread has a stack of its own kind: keep it out of the way of onThread.
func init() {
	if os.Getenv(childEnv) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "deep":
		parseAll(hostileShapes, 1<<17)
	case "flat":
		parseAll(flatShapes, tested)
		deepAndLarge()
	case "past":
		onThread("past", "SELECT 1"+strings.Repeat("+1", 20_000))
	default:
		os.Exit(m.Run())
	}
}

// parseAll parses each shape at the largest size within the default limits, and within most bytes.
func parseAll(shapes []shape, most int) {
	for _, s := range shapes {
		n := s.largest(most)
		onThread(fmt.Sprintf("%v of size %d", s, n), s.build(n))
	}
}

// deepAndLarge parses a literal as large as may be at the bottom of a tree as deep as may be: packing the tree moves what
// is beneath a level once for each level.
func deepAndLarge() {
	s := nested("literal beneath", "SELECT ", "(", "'"+strings.Repeat("x", DefaultMaxBytes-4000)+"'", " ISNULL)", "")
	n := s.largest(DefaultMaxBytes)
	onThread(fmt.Sprintf("%v of size %d", s, n), s.build(n))
}

// onThread parses on a thread that was made for it, so that the stack has the default size and holds nothing else.
func onThread(what, sql string) {
	fmt.Printf("begin %s\n", what)
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		_, err := pg.Parse(sql)
		_, _ = pg.Scan(sql)
		done <- err
	}()
	err := <-done
	var used syscall.Rusage
	if e := syscall.Getrusage(syscall.RUSAGE_SELF, &used); e != nil {
		panic(e)
	}
	fmt.Printf("end %s: %d bytes, process peak %d MiB, error: %v\n", what, len(sql), used.Maxrss>>10, err != nil)
	if used.Maxrss > 1<<20 {
		fmt.Println("more than 1 GiB")
		os.Exit(3)
	}
}

// child runs parseAll in a process whose threads get stacks of that many KiB, and returns its output and exit.
func child(t *testing.T, mode string, stack int) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -s %d && exec "$0"`, stack), self)
	cmd.Env = append(os.Environ(), childEnv+"="+mode)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

// TestAtLimits parses the deepest statement of each shape that the default limits let through, on small stacks.
func TestAtLimits(t *testing.T) {
	for _, stack := range []int{smallestStack, 1024} {
		if err := checkStack(DefaultMaxChain, stack<<10); err != nil {
			t.Log(err) // the C code was compiled without optimisation; Validate refuses that stack
			continue
		}
		out, err := child(t, "deep", stack)
		if err != nil {
			t.Fatalf("%d KiB: %v\n%s", stack, err, clip(out))
		}
		if n := strings.Count(out, "\nend "); n < len(hostileShapes)-1 {
			t.Fatalf("%d KiB: %d shapes parsed, want %d", stack, n, len(hostileShapes))
		}
		if strings.Contains(out, "size 0:") {
			t.Errorf("a shape does not pass at any size:\n%s", out)
		}
	}
}

// TestChildNoticesCrash makes sure that TestAtLimits and TestFlatAtLimits can fail.
func TestChildNoticesCrash(t *testing.T) {
	if out, err := child(t, "past", smallestStack); err == nil {
		t.Fatalf("20,000 links on a stack of %d KiB did not crash:\n%s", smallestStack, clip(out))
	}
}

// clip keeps the end of a child's output before Go's dump of a crash.
func clip(out string) string {
	if i := strings.Index(out, "SIG"); i >= 0 {
		out = out[:i+3]
	}
	return out[max(0, len(out)-2000):]
}

// TestPastLimits refuses each deep shape at every larger size, up to 8 MB.
func TestPastLimits(t *testing.T) {
	for _, s := range hostileShapes {
		perItem := len(s.build(2)) - len(s.build(1))
		for n := s.largest(tested/8) + 1; n*perItem < tested; n *= 4 {
			if err := CheckLimits(s.build(n), unlimitedBytes); err == nil {
				t.Errorf("%v of size %d is let through", s, n)
			}
		}
	}
}

// unlimitedBytes takes the bound on the text away, so that the other limits have to refuse.
var unlimitedBytes = Limits{MaxBytes: 1 << 30}
