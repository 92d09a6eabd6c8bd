package pgxsuite

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
)

// result is how a test or a subtest ended, and what it printed.
type result struct {
	outcome string // pass, fail or skip, or "" when the program died in it
	output  string
}

func failed(outcome string) bool { return outcome != "pass" && outcome != "skip" }

// runSuite runs the program with more environment variables and returns the results by the tests' names.
func runSuite(t *testing.T, bin string, env ...string) map[string]result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "test2json", bin, "-test.v=test2json", "-test.timeout=3m")
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // tests that fail are for the comparison
		t.Fatal(err)
	}
	if stderr.Len() > 0 {
		t.Logf("%s", stderr.Bytes())
	}
	return results(t, out)
}

// results reads test2json's events.
func results(t *testing.T, events []byte) map[string]result {
	t.Helper()
	all := map[string]result{}
	for decoder := json.NewDecoder(bytes.NewReader(events)); ; {
		var e struct{ Action, Test, Output string }
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Test == "" {
			continue
		}
		r := all[e.Test]
		switch e.Action {
		case "output":
			r.output += e.Output
		case "pass", "fail", "skip":
			r.outcome = e.Action
		}
		all[e.Test] = r
	}
}
