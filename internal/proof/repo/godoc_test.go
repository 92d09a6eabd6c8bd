package repo

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// public is what pkg.go.dev shows of a package that others import.
type public struct {
	*doc.Package
	positions *token.FileSet
	files     []*ast.File // without tests
}

// documented returns the public packages: all but those that only our own code may import, and programs.
func documented(t *testing.T) []public {
	t.Helper()
	var all []public
	for _, p := range packages(t) {
		below := strings.TrimPrefix(p.ImportPath, module+"/")
		if p.Name != "main" && !within(below, "internal") && !within(below, "examples") && !within(below, "cmd") {
			all = append(all, publicIn(t, p.Dir))
		}
	}
	if len(all) == 0 {
		t.Fatal("there is no public package")
	}
	return all
}

// publicIn reads the Go files of a folder that are built here.
func publicIn(t *testing.T, dir string) public {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, e := range entries {
		match, err := build.Default.MatchFile(dir, e.Name())
		if filepath.Ext(e.Name()) != ".go" || !match || err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Join(dir, e.Name())] = string(text)
	}
	return publicOf(t, texts)
}

// publicOf reads texts by the names of their files.
func publicOf(t *testing.T, texts map[string]string) public {
	t.Helper()
	p := public{positions: token.NewFileSet()}
	var withTests []*ast.File
	for name, text := range texts {
		file, err := parser.ParseFile(p.positions, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if withTests = append(withTests, file); !strings.HasSuffix(name, "_test.go") {
			p.files = append(p.files, file)
		}
	}
	var err error
	if p.Package, err = doc.NewFromFiles(p.positions, withTests, "example.com/x", doc.PreserveAST); err != nil {
		t.Fatal(err)
	}
	return p
}
