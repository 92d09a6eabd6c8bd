package vet

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
)

// analyze runs an analyzer over folders of testdata and compares what it says with their comments "want". They are
// packages of this module: what they call are the real sqlx, pgx and driver.
func analyze(t *testing.T, a *analysis.Analyzer, folders ...string) []*analysistest.Result {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	patterns := make([]string, len(folders))
	for i, folder := range folders {
		patterns[i] = "./vet/testdata/" + folder
	}
	return analysistest.Run(t, root, a, patterns...)
}

func TestFindings(t *testing.T) {
	analyze(t, New(Config{}), "constants", "sqlxsql", "pgxsql", "contexts", "handles", "directives", "files", "interfaces",
		"libpq", "bound", "bound/store")
}

func TestDynamic(t *testing.T) { analyze(t, New(Config{Dynamic: true}), "dynamic") }

// TestOtherLibraries: libraries that docex's module does not have are there in names only.
func TestOtherLibraries(t *testing.T) {
	analysistest.Run(t, analysistest.TestData()+"/others", New(Config{}), "app", "sqlite", "both", "tested")
}
