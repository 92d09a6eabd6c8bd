package repo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
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

// from reports whether the package belongs to a module or to a folder of ours, in any major version.
func (p pkg) from(prefix string) bool { return within(p.ImportPath, prefix) }

func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func imports(paths []string, prefix string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return within(path, prefix) })
}

// packages lists our packages, and with "-deps" also all that they need.
func packages(t *testing.T, flags ...string) []pkg {
	t.Helper()
	return list(t, module+"/...", flags...)
}

func list(t *testing.T, pattern string, flags ...string) []pkg {
	t.Helper()
	args := append([]string{"list", "-json=ImportPath,Standard,Dir,Name,GoFiles,CgoFiles,Imports,TestImports,XTestImports,Deps"}, flags...)
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

// TestScopeImportsStandardLibraryOnly: programs that only pass a UserContext along must not pull in a driver.
func TestScopeImportsStandardLibraryOnly(t *testing.T) {
	standard := map[string]bool{}
	all := packages(t, "-deps")
	for _, p := range all {
		standard[p.ImportPath] = p.Standard
	}
	for _, p := range all {
		for _, dep := range p.Deps {
			if p.ImportPath == module+"/scope" && !standard[dep] {
				t.Errorf("scope needs %s", dep)
			}
		}
	}
}

// TestGuardIsPure: the decision knows no network and no pool, and neither does what holds files against it.
func TestGuardIsPure(t *testing.T) {
	for _, p := range packages(t) {
		if !p.from(module+"/guard") && !p.from(module+"/cmd/docex/internal/sqlfile") {
			continue
		}
		for _, forbidden := range []string{pgx, "net", "database/sql", module + "/driver", module + "/provision"} {
			if imports(p.Deps, forbidden) {
				t.Errorf("%s needs %s", p.ImportPath, forbidden)
			}
		}
	}
}

// TestOnlySQLParseImportsPgQuery: the C parser has one door, with the limits that keep the process alive in front of
// it.
func TestOnlySQLParseImportsPgQuery(t *testing.T) {
	for _, p := range packages(t) {
		all := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		if imports(all, pgQuery) && p.ImportPath != module+"/internal/sqlparse" {
			t.Errorf("%s imports pg_query", p.ImportPath)
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

// TestDriverAndProvisionAreApart: the provisioner administers what the driver is held to, so neither goes through the
// other. Tests may set up tenants with the provisioner; nothing of provision may use the driver.
func TestDriverAndProvisionAreApart(t *testing.T) {
	for _, p := range packages(t) {
		if p.from(module+"/provision") && imports(slices.Concat(p.Deps, p.TestImports, p.XTestImports), module+"/driver") {
			t.Errorf("%s needs driver", p.ImportPath)
		}
		if p.from(module+"/driver") && imports(p.Deps, module+"/provision") {
			t.Errorf("%s needs provision outside its tests", p.ImportPath)
		}
	}
}

// TestOnlyDrivertestImportsSqlmock: programs that use the driver must not pull in a mock.
func TestOnlyDrivertestImportsSqlmock(t *testing.T) {
	for _, p := range packages(t) {
		if imports(p.Deps, "github.com/DATA-DOG/go-sqlmock") && !p.from(module+"/driver/drivertest") {
			t.Errorf("%s needs sqlmock outside its tests", p.ImportPath)
		}
	}
}

// TestShippedPackagesStartNoServer: the throwaway server is for the demo and the tests.
func TestShippedPackagesStartNoServer(t *testing.T) {
	for _, p := range packages(t) {
		if p.from(module+"/internal") || p.from(module+"/examples") {
			continue
		}
		for _, forbidden := range []string{module + "/internal/testkit/pgserver", module + "/internal/testkit/pgtest"} {
			if imports(p.Deps, forbidden) {
				t.Errorf("%s needs %s", p.ImportPath, forbidden)
			}
		}
	}
}

// TestLibraryNeedsNothingOfTheCommand: programs that use docex must not pull in what reads configuration files, looks
// at Go programs or talks to people.
func TestLibraryNeedsNothingOfTheCommand(t *testing.T) {
	library := []string{module + "/scope", module + "/guard", module + "/driver", module + "/provision"}
	for _, p := range packages(t) {
		if !slices.ContainsFunc(library, p.from) {
			continue
		}
		for _, forbidden := range []string{
			"golang.org/x/tools", "golang.org/x/term", "go.yaml.in/yaml", "github.com/spf13", "github.com/fatih/color",
			"github.com/jedib0t/go-pretty", "github.com/schollz/progressbar",
		} {
			if imports(p.Deps, forbidden) {
				t.Errorf("%s needs %s", p.ImportPath, forbidden)
			}
		}
	}
}

// TestVetRunsNothing: what looks at programs and files knows neither the driver nor how tenants are made. Only the
// command and its doctor put both together.
func TestVetRunsNothing(t *testing.T) {
	for _, p := range packages(t) {
		if p.from(module+"/vet") && imports(p.Imports, module+"/provision") {
			t.Errorf("%s imports provision", p.ImportPath)
		}
		for _, pure := range []string{module + "/vet", module + "/internal/config", module + "/cmd/docex/internal/sqlfile"} {
			if p.from(pure) && imports(p.Deps, module+"/driver") {
				t.Errorf("%s needs driver", p.ImportPath)
			}
		}
	}
}
