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

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// childEnv makes this test binary parse statements and print what it did, so that a crash of the C code is seen from
// outside. It holds what to parse, and which part of how many parts of that: "flat 0 2".
const childEnv = "DOCEX_LIMITS_CHILD"

// childSeconds is the processor time that a child may take: an accepted text on which the lexer is quadratic takes
// hours.
const childSeconds = 120

// The main thread has a stack of its own kind: keep it out of the way of onThread.
func init() {
	if os.Getenv(childEnv) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	var mode string
	part, parts := 0, 1
	_, _ = fmt.Sscan(os.Getenv(childEnv), &mode, &part, &parts)
	switch mode {
	case "deep":
		parsePart(deepTexts(), part, parts)
	case "flat":
		parsePart(flatTexts(), part, parts)
	case "past":
		onThread("past", "SELECT 1"+strings.Repeat("+1", 20_000))
	default:
		os.Exit(m.Run())
	}
}

// sized is a shape, the limits that it is to use up, and the most bytes it may take.
type sized struct {
	shape  hostile.Shape
	limits text.Limits
	most   int
}

func deepTexts() []sized {
	var all []sized
	for _, s := range hostile.Deep {
		all = append(all, sized{s, text.Limits{}, 1 << 17})
	}
	return all
}

// everyShapeEnv makes flatTexts use up the whole limits with every shape. CI sets it.
const everyShapeEnv = "DOCEX_EVERY_SHAPE"

// flatTexts are the costliest shape of each family, which uses up the default limits, and the others, which use up a
// quarter.
func flatTexts() []sized {
	quarter := text.Limits{MaxBytes: text.DefaultMaxBytes / 4, MaxTokens: text.DefaultMaxTokens / 4}
	whole := []sized{{hostile.Buried(text.DefaultMaxBytes - 4000), text.Limits{}, text.DefaultMaxBytes}}
	var rest []sized
	for _, family := range hostile.Flat {
		for i, s := range family.Shapes {
			if i == 0 || os.Getenv(everyShapeEnv) != "" {
				whole = append(whole, sized{s, text.Limits{}, text.DefaultMaxBytes})
			} else {
				rest = append(rest, sized{s, quarter, quarter.MaxBytes})
			}
		}
	}
	return append(whole, rest...) // in this order each part gets a fair share of the costly ones
}

// largest returns the largest size at which a shape passes, up to most bytes of text.
func largest(s hostile.Shape, l text.Limits, most int) int {
	return s.Largest(most, func(sql string) bool { return text.CheckLimits(sql, l) == nil })
}

func parsePart(all []sized, part, parts int) {
	for i := part; i < len(all); i += parts {
		n := largest(all[i].shape, all[i].limits, all[i].most)
		onThread(fmt.Sprintf("%v of size %d", all[i].shape, n), all[i].shape.Build(n))
	}
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

// child runs a part of a mode in a process whose threads get stacks of that many KiB, and returns how many texts it
// parsed, its output and its exit.
func child(t *testing.T, mode string, stack int) (parsed int, output string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The shell stays around the child: a process that is made by exec begins with the peak memory of the one before it,
	// which would be that of the tests.
	script := fmt.Sprintf(`ulimit -t %d && ulimit -s %d && "$0"; exit $?`, childSeconds, stack)
	cmd := exec.Command("sh", "-c", script, self)
	cmd.Env = append(os.Environ(), childEnv+"="+mode)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return strings.Count("\n"+out.String(), "\nend "), out.String(), err
}

// clip keeps the end of a child's output before Go's dump of a crash.
func clip(out string) string {
	if i := strings.Index(out, "SIG"); i >= 0 {
		out = out[:i+3]
	}
	return out[max(0, len(out)-2000):]
}
