package repo

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const errorsPage = "docs/errors.md"

// TestErrorsAreDocumented: docs/errors.md says of each exported sentinel and of each type of error what to do, and
// names none that is not there.
func TestErrorsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(goMod(t)), errorsPage))
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, name := range []string{"scope", "guard", "driver", "provision"} {
		exported = append(exported, exportedErrors(t, name)...)
	}
	for _, name := range exported {
		if !strings.Contains(string(text), name+"`") {
			t.Errorf("%s does not name %s", errorsPage, name)
		}
	}
	for _, name := range regexp.MustCompile(`\b(scope|guard|driver|provision)\.(Err\w+|\w*Error)\b`).
		FindAllString(string(text), -1) {
		if !slices.Contains(exported, name) {
			t.Errorf("%s names %s, which is not there", errorsPage, name)
		}
	}
}

// exportedErrors returns a package's sentinels, Err…, and types of error, …Error.
func exportedErrors(t *testing.T, name string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(goMod(t)), name, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok {
				for _, spec := range d.Specs {
					all = append(all, errorNames(name, spec)...)
				}
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("package %s exports no errors", name)
	}
	return all
}

func errorNames(pkg string, spec ast.Spec) (names []string) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range spec.Names {
			if n.IsExported() && strings.HasPrefix(n.Name, "Err") {
				names = append(names, pkg+"."+n.Name)
			}
		}
	case *ast.TypeSpec:
		if n := spec.Name; n.IsExported() && strings.HasSuffix(n.Name, "Error") {
			names = append(names, pkg+"."+n.Name)
		}
	}
	return names
}
