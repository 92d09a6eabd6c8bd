package repo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const (
	module  = "github.com/docex/docex"
	pgx     = "github.com/jackc/pgx"
	pgQuery = "github.com/pganalyze/pg_query_go"
)

// pkg is what the rules need of a package: `go list -json`'s names.
type pkg struct {
	ImportPath   string
	Standard     bool
	Dir          string
	Name         string
	GoFiles      []string
	CgoFiles     []string
	Imports      []string // of the files that are built, tests apart
	TestImports  []string
	XTestImports []string
	Deps         []string // Imports, and theirs, and so on
}

// within reports whether a path is a module's or a folder's.
func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// packages lists our packages, and with "-deps" also all that they need.
func packages(t *testing.T, flags ...string) []pkg {
	t.Helper()
	return list(t, module+"/...", flags...)
}

func list(t *testing.T, pattern string, flags ...string) []pkg {
	t.Helper()
	args := append(
		[]string{"list", "-json=ImportPath,Standard,Dir,Name,GoFiles,CgoFiles,Imports,TestImports,XTestImports,Deps"},
		flags...)
	var all []pkg
	decoder := json.NewDecoder(bytes.NewReader(run(t, append(args, pattern)...)))
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("go list knows no package")
	}
	return all
}

func run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// TestScopeImportsStandardLibraryOnly: programs that only pass a UserContext along must not pull in a driver, nor those
// that only answer requests.
func TestScopeImportsStandardLibraryOnly(t *testing.T) {
	standard := map[string]bool{}
	all := packages(t, "-deps")
	for _, p := range all {
		standard[p.ImportPath] = p.Standard
	}
	for _, p := range all {
		for _, dep := range p.Deps {
			if within(p.ImportPath, module+"/scope") && !standard[dep] && dep != module+"/scope" {
				t.Errorf("%s needs %s", p.ImportPath, dep)
			}
		}
	}
}

// TestTextNeedsNoCgo: what reads texts in front of the C parser, and its tests, build without a C compiler. So hostile
// texts can be tried where nothing can crash.
func TestTextNeedsNoCgo(t *testing.T) {
	const reader = module + "/internal/sqlparse/text"
	found := false
	for _, p := range list(t, reader, "-deps", "-test") {
		found = found || p.ImportPath == reader
		if p.ImportPath == "C" || p.ImportPath == "runtime/cgo" || len(p.CgoFiles) > 0 {
			t.Errorf("%s or its tests need %s", reader, p.ImportPath)
		}
	}
	if !found {
		t.Errorf("go list does not know %s", reader)
	}
}
