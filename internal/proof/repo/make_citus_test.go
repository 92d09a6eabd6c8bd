package repo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Without a cluster `make citus` tests nothing, and may not pass for a run that found nothing: it fails, and says in
// one line what to set.
func TestMakeCitusWithoutCluster(t *testing.T) {
	cmd := exec.Command("make", "--silent", "citus")
	cmd.Dir = filepath.Dir(goMod(t))
	cmd.Env = append(os.Environ(), "DOCEX_CITUS_DSN=", "MAKEFLAGS=", "MAKELEVEL=") // also where make runs the tests
	var out, says bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &says
	if err := cmd.Run(); err == nil {
		t.Error("it succeeds")
	}
	first, rest, _ := strings.Cut(says.String(), "\n")
	if out.Len() > 0 || !strings.HasPrefix(first, "make citus: set DOCEX_CITUS_DSN to ") ||
		!strings.HasPrefix(rest, "make: ***") || strings.Count(rest, "\n") != 1 {
		t.Errorf("it prints %q and says %q", &out, &says)
	}
}
