package pgxsuite

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

// rewrites are what pgx's tests need to open docex. Each must apply somewhere: one that does not means that the tests
// have changed, and that another look at them is due.
var rewrites = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`"github.com/jackc/pgx/v5/stdlib"`), `"github.com/docex/docex/internal/proof/pgxsuite/stdlib"`},
	{regexp.MustCompile(`"github.com/stretchr/testify/(assert|require)"`),
		`$1 "github.com/docex/docex/internal/proof/pgxsuite/require"`},
	{regexp.MustCompile(`\bsql\.Open\(`), `stdlib.Open(t, `},
	{regexp.MustCompile(`\bstdlib\.OpenDB(FromPool)?\(`), `stdlib.OpenDB$1(t, `},
	{regexp.MustCompile(`\bdriverConn\.\(\*stdlib\.Conn\)`), `stdlib.ConnOf(t, driverConn)`},
	// They look at the connection that docex hides, for a server that is not PostgreSQL or too old for docex.
	{regexp.MustCompile(`(?m)^func skip(?:CockroachDB|PostgreSQLVersionLessThan)\(.*\{$`), "$0\n\treturn"},
}

// build compiles pgx's tests as tests of the stand-in and returns the program.
func build(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{
		filepath.Join(root, "driver/exempt.go"): filepath.Join(root, "driver/exempt_test.go"),
	}
	for name, source := range rewritten(t, pgxTests(t, root)) {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, source, 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, "internal/proof/pgxsuite/stdlib", name)] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "pgx.test")
	args := []string{"test", "-c", "-overlay", overlayFile, "-o", bin}
	if raceDetector() {
		args = append(args, "-race")
	}
	goTool(t, root, append(args, "./internal/proof/pgxsuite/stdlib")...)
	if _, err := os.Stat(bin); err != nil {
		t.Fatal("pgx has no tests")
	}
	return bin
}

// pgxTests returns the sources of pgx's tests by file name. Tests inside pgx's package are of what docex hands out
// untouched, and nothing else could run them.
func pgxTests(t *testing.T, root string) map[string][]byte {
	t.Helper()
	dir := strings.TrimSpace(goTool(t, root, "list", "-m", "-f", "{{.Dir}}", "github.com/jackc/pgx/v5"))
	files, err := filepath.Glob(filepath.Join(dir, "stdlib", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string][]byte{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, source, parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name.Name == "stdlib_test" {
			sources[filepath.Base(file)] = source
		}
	}
	return sources
}

func rewritten(t *testing.T, sources map[string][]byte) map[string][]byte {
	t.Helper()
	for _, r := range rewrites {
		applied := false
		for name, source := range sources {
			sources[name] = r.what.ReplaceAll(source, []byte(r.by))
			applied = applied || !bytes.Equal(sources[name], source)
		}
		if !applied {
			t.Errorf("nothing in pgx's tests matches %v any more", r.what)
		}
	}
	return sources
}

// raceDetector reports whether this test was built with it: then pgx's tests are, too.
func raceDetector() bool {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

func goTool(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			out = append(out, exit.Stderr...)
		}
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
