package repo

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Without cgo the build ends in one line that says what is missing: the package whose compile error that is comes
// before the one that needs cgo.
func TestBuildWithoutCgo(t *testing.T) {
	const first = module + "/internal/needcgo"
	cmd := exec.Command("go", "build", first)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err == nil || len(lines) != 2 || !strings.Contains(lines[1], "undefined: docex_needs_cgo_and_a_C_compiler") {
		t.Errorf("%v:\n%s", err, out)
	}
	found := 0
	for _, p := range packages(t) {
		if p.ImportPath == module+"/internal/sqlparse" && slices.Contains(p.Imports, first) {
			found++
		}
	}
	if found != 1 {
		t.Errorf("internal/sqlparse does not import %s", first)
	}
}
