package repo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rule says what packages must not import.
type rule struct {
	why    string
	of     []string // packages of ours, as patterns of the go command
	except []string // which of them it does not bind
	see    func(pkg) []string
	not    []string // with all below them
}

func imports(p pkg) []string { return p.Imports }
func needs(p pkg) []string   { return p.Deps }

// mentions has the tests' imports, too.
func mentions(p pkg) []string { return slices.Concat(p.Imports, p.TestImports, p.XTestImports) }

// needsEven has the packages' needs and what their tests import.
func needsEven(p pkg) []string { return slices.Concat(p.Deps, p.TestImports, p.XTestImports) }

var rules = []rule{{
	why: "who is asking has nothing to do with how they ask",
	of:  []string{"scope", "guard/...", "driver/...", "internal/session/...", "provision/..."},
	see: needs,
	not: []string{module + "/scope/httpscope"},
}, {
	why: "the decision knows no network and no pool, and neither does what holds files against it",
	of:  []string{"guard/...", "cmd/docex/internal/sqlfile/..."},
	see: needs,
	not: []string{pgx, "net", "database/sql", module + "/driver", module + "/internal/session", module + "/provision"},
}, {
	why:    "the C parser has one door, with the limits that keep the process alive in front of it",
	of:     []string{"..."},
	except: []string{"internal/sqlparse"},
	see:    mentions,
	not:    []string{pgQuery},
}, {
	why: "the provisioner administers what the driver is held to, so it goes nowhere through it",
	of:  []string{"provision/..."},
	see: needsEven,
	not: []string{module + "/driver", module + "/internal/session"},
}, {
	why: "the provisioner talks to a server and runs no programs; who calls Export and Import does",
	of:  []string{"provision/..."},
	see: imports,
	not: []string{"os/exec"},
}, {
	why: "the driver is held to what the provisioner administers; only its tests set tenants up with it",
	of:  []string{"driver/...", "internal/session/..."},
	see: needs,
	not: []string{module + "/provision"},
}, {
	why: "what handles bytes knows neither who sends them nor by which door",
	of:  []string{"internal/wire/..."},
	see: needs,
	not: []string{
		"database/sql", module + "/scope", module + "/guard", module + "/internal/session", module + "/driver",
		module + "/provision",
	},
}, {
	why: "what a session and its door stand on knows neither",
	of: []string{
		"internal/affinity/...", "internal/basedriver/...", "internal/batchview/...", "internal/direct/...",
		"internal/dsnvalue/...", "internal/params/...", "internal/pgerr/...", "internal/pgxargs/...",
		"internal/gauge/...", "internal/owned/...", "internal/preparing/...", "internal/unwrap/...",
	},
	see: needs,
	not: []string{
		module + "/guard", module + "/internal/session", module + "/internal/wire", module + "/driver",
		module + "/provision",
	},
}, {
	why: "a session has several doors, and knows none of them",
	of:  []string{"internal/session/..."},
	see: imports,
	not: []string{"database/sql", module + "/driver"},
}, {
	why:    "what goes past a session reaches the server unpinned and unchecked",
	of:     []string{"..."},
	except: []string{"internal/wire", "internal/session", "driver"}, // driver, for now: it names the filter's type
	see:    mentions,
	not:    []string{module + "/internal/wire"},
}, {
	why:    "what only proves does not ship; the demo, and what tests of others import, start a server of their own",
	of:     []string{"..."},
	except: []string{"internal/testkit/...", "internal/proof/...", "internal/tools/...", "examples/...", "docextest"},
	see:    needs,
	not:    []string{module + "/internal/testkit", module + "/internal/proof", module + "/internal/tools"},
}, {
	why: "what is for tests on a server is for tests",
	of:  []string{"scope/...", "guard/...", "driver/...", "internal/session/...", "provision/...", "cmd/...", "vet/..."},
	see: needs,
	not: []string{module + "/docextest"},
}, {
	why:    "programs that use the driver must not pull in a mock",
	of:     []string{"..."},
	except: []string{"driver/drivertest/..."},
	see:    needs,
	not:    []string{"github.com/DATA-DOG/go-sqlmock"},
}, {
	why: "programs that use docex must not pull in what reads configuration, looks at Go programs or talks to people",
	of:  []string{"scope/...", "guard/...", "driver/...", "provision/..."},
	see: needs,
	not: []string{
		"golang.org/x/tools", "golang.org/x/term", "go.yaml.in/yaml", "github.com/spf13", "github.com/fatih/color",
		"github.com/jedib0t/go-pretty", "github.com/schollz/progressbar",
	},
}, {
	why: "what looks at programs and files runs nothing; only the command and its doctor put both together",
	of:  []string{"vet/...", "internal/config/...", "cmd/docex/internal/sqlfile/..."},
	see: needs,
	not: []string{module + "/driver"},
}, {
	why: "what looks at programs does not know how tenants are made",
	of:  []string{"vet/..."},
	see: imports,
	not: []string{module + "/provision"},
}}

// broken says how a package breaks the rule.
func (r rule) broken(p pkg) (how []string) {
	if !p.among(r.of) || p.among(r.except) {
		return nil
	}
	for _, path := range r.see(p) {
		if slices.ContainsFunc(r.not, func(not string) bool { return within(path, not) }) {
			how = append(how, fmt.Sprintf("%s needs %s: %s", p.ImportPath, path, r.why))
		}
	}
	return how
}

// among reports whether a pattern names the package.
func (p pkg) among(patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if folder, below := strings.CutSuffix(module+"/"+pattern, "/..."); below {
			return within(p.ImportPath, folder)
		}
		return p.ImportPath == module+"/"+pattern
	})
}

// TestImports: what may know what.
func TestImports(t *testing.T) {
	all := packages(t)
	for _, p := range all {
		for _, r := range rules {
			for _, how := range r.broken(p) {
				t.Error(how)
			}
		}
	}
	exists := func(pattern string) bool {
		return slices.ContainsFunc(all, func(p pkg) bool { return p.among([]string{pattern}) })
	}
	for _, r := range rules {
		for _, pattern := range slices.Concat(r.of, r.except) {
			if !exists(pattern) {
				t.Errorf("%s: there is no %s", r.why, pattern)
			}
		}
		for _, not := range r.not {
			if ours, ok := strings.CutPrefix(not, module+"/"); ok && !exists(ours+"/...") {
				t.Errorf("%s: there is no %s", r.why, not)
			}
		}
	}
}

// TestImportRulesCanFail: each rule finds each import that it is there for, direct or not, and no other.
func TestImportRulesCanFail(t *testing.T) {
	for _, r := range rules {
		for _, of := range r.of {
			for _, not := range r.not {
				path := strings.TrimSuffix(module+"/"+of, "/...")
				if len(r.broken(pkg{ImportPath: path, Imports: []string{not + "/x"}, Deps: []string{not + "/x"}})) == 0 {
					t.Errorf("%s: %s may import %s", r.why, of, not)
				}
				if how := r.broken(pkg{ImportPath: path + "x", Imports: []string{not + "x"}, Deps: []string{not + "x"}}); how !=
					nil {
					t.Errorf("%s: %v", r.why, how)
				}
			}
		}
	}
}
