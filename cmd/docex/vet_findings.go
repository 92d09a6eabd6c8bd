package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fatih/color"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/docex/docex/vet"
)

// vetFinding is a vet.Finding with its place in words.
type vetFinding struct {
	File     string       `json:"file"` // relative to the working folder, for files below it
	Line     int          `json:"line"`
	Column   int          `json:"column"` // in bytes, as in Go's tools
	Category vet.Category `json:"category"`
	Rule     string       `json:"rule,omitempty"`
	Object   string       `json:"object,omitempty"`
	Reason   string       `json:"reason"`
	Hint     string       `json:"remedy"`
	Function string       `json:"function,omitempty"`

	message string
}

// collectFindings returns what was found by place, each once: a package and its test variant hold the same files.
func collectFindings(graph *checker.Graph) ([]vetFinding, error) {
	found := []vetFinding{} // an empty list in JSON, not null
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for _, action := range graph.Roots {
		if action.Err != nil {
			return nil, action.Err
		}
		for _, f := range action.Result.([]vet.Finding) {
			at := action.Package.Fset.Position(f.Pos)
			found = append(found, vetFinding{
				File: relative(folder, at.Filename), Line: at.Line, Column: at.Column,
				Category: f.Category, Rule: f.Rule, Object: f.Object, Reason: f.Reason, Hint: f.Hint, Function: f.Function,
				message: f.Message(),
			})
		}
	}
	slices.SortFunc(found, func(a, b vetFinding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Category, b.Category), cmp.Compare(a.message, b.message))
	})
	return slices.Compact(found), nil
}

// relative returns a file's name as a compiler prints it: from the folder, unless it is outside.
func relative(folder, file string) string {
	name, err := filepath.Rel(folder, file)
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return file
	}
	return name
}

func writeFindings(w io.Writer, found []vetFinding) error {
	for _, f := range grouped(found) {
		if _, err := fmt.Fprintf(w, "%s:%d:%d: %s: %s\n", printable(f.File), f.Line, f.Column,
			color.RedString("%s", f.Category), printable(f.message)); err != nil {
			return err
		}
	}
	return nil
}

// loadErrors says which packages do not load or compile, or that there are none. It matches errPackages.
func loadErrors(loaded []*packages.Package, patterns []string) error {
	if len(loaded) == 0 {
		return fmt.Errorf("%w: none match %s", errPackages, strings.Join(patterns, " "))
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	var lines []string
	packages.Visit(loaded, nil, func(p *packages.Package) {
		for _, line := range packageErrors(p, folder) {
			if !slices.Contains(lines, line) { // a test variant has the same ones
				lines = append(lines, line)
			}
		}
	})
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("%w: nothing was looked at, since some do not load\n%s", errPackages, strings.Join(lines, "\n"))
}

// packageErrors words the errors of one package: those of the parser and the type checker, which have places, or else
// what the go command says.
func packageErrors(p *packages.Package, folder string) []string {
	var placed, others []string
	for _, e := range p.Errors {
		if e.Kind == packages.ListError || e.Pos == "" {
			others = append(others, "package "+p.PkgPath+": "+strings.TrimSpace(e.Msg))
			continue
		}
		file, place, _ := strings.Cut(e.Pos, ":")
		placed = append(placed, relative(folder, file)+":"+place+": "+e.Msg)
	}
	if len(placed) > 0 {
		return placed
	}
	return others
}
