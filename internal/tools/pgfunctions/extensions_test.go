package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestServerHasExtensions makes sure that TestServer has something to compare: PostgreSQL 15 to 18 have 47 extensions
// or so, and some builds lack the languages.
func TestServerHasExtensions(t *testing.T) {
	c := server(t)
	if len(c.extensions) < 40 {
		pgtest.Missing(t, "the server lacks contrib: Debian's package postgresql-contrib")
	}
	functions := 0
	for _, e := range c.extensions {
		functions += len(e.functions)
	}
	if functions < 800 {
		t.Errorf("%d extensions with only %d functions", len(c.extensions), functions)
	}
}

// TestExtensionDifferences changes a server's extension in each way that must not go unnoticed.
func TestExtensionDifferences(t *testing.T) {
	plain := overload{Kind: "function", Volatility: "immutable", Language: "c", One: true, Args: []string{"hstore"},
		Result: "text"}
	overloads := func(name string, change func(o *overload)) func(e *extension) {
		return func(e *extension) {
			o := plain
			change(&o)
			e.functions[name] = append(e.functions[name], o)
		}
	}
	result := func(name string) func(o *overload) { return func(o *overload) { o.Result = name } }
	l := guardLists(t)
	for name, test := range map[string]struct {
		change func(e *extension)
		want   string // nothing: no difference
	}{
		"nothing":     {func(*extension) {}, ""},
		"plain":       {overloads("skeys", func(*overload) {}), ""},
		"new version": {func(e *extension) { e.version = "1.9" }, "nobody has reviewed this version"},
		"new":         {overloads("of_nobody", func(*overload) {}), "of_nobody: not in the list: c(hstore)text"},
		"another's":   {overloads("similarity", func(*overload) {}), "similarity: not in the list: c(hstore)text"},
		"gone":        {func(e *extension) { delete(e.functions, "skeys") }, "skeys: the extension lacks it"},
		"volatile": {overloads("skeys", func(o *overload) { o.Volatility = "volatile" }),
			"skeys: safe, but nobody has reviewed the form volatile-c(hstore)text"},
		"definer": {overloads("skeys", func(o *overload) { o.Definer = true }),
			"skeys: safe, but nobody has reviewed the form c-definer(hstore)text"},
		"reg": {overloads("skeys", result("regclass")),
			"skeys: safe, but nobody has reviewed the form c(hstore)regclass"},
		"cstring": {overloads("skeys", result("cstring")),
			"skeys: safe, but nobody has reviewed the form c(hstore)cstring"},
		"language": {overloads("skeys", func(o *overload) { o.Language = "plpgsql" }),
			"skeys: safe, but nobody has reviewed the form plpgsql(hstore)text"},
		"own type": {overloads("skeys", result("ghstore")), ""},
		"refused, dot": {overloads("hs_concat", func(*overload) {}),
			"hs_concat: refused, but nobody has reviewed the form c(hstore)text"},
		"conversion": {overloads("hstore_out", result("cstring")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := extension{"1.8", map[string][]overload{}}
			for _, function := range l.extensions.names("hstore", nil) {
				e.functions[function] = []overload{{Kind: "function", Volatility: "immutable", Language: "c"}}
			}
			test.change(&e)
			var want []string
			if test.want != "" {
				want = []string{"extensions.tsv: hstore " + e.version + ": " + test.want}
			}
			got := l.compareExtensions(&catalog{extensions: map[string]extension{"hstore": e}})
			if e.version != "1.8" { // every function is missing in a version that no line has
				got = slices.Compact(got)[:1]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestExtensionVersions: a function that only some versions have is looked for in those.
func TestExtensionVersions(t *testing.T) {
	l := guardLists(t)
	row := l.extensions.functions["hash_ltree"]
	if l.extensions.has(row, "1.2") || !l.extensions.has(row, "1.3") {
		t.Errorf("hash_ltree: %v", row)
	}
	if row := l.extensions.functions["nlevel"]; !l.extensions.has(row, "1.2") || !l.extensions.has(row, "1.3") {
		t.Errorf("nlevel: %v", row)
	}
	if slices.Contains(l.extensions.reviewed(), "postgis") || !slices.Contains(l.extensions.reviewed(), "vector") {
		t.Errorf("reviewed: %v", l.extensions.reviewed())
	}
}

// TestExtensionListIsSorted: the program writes the file as it is.
func TestExtensionListIsSorted(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(guardDir, "extensions.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	if got := guardLists(t).extensions.text(); !bytes.Equal(text, got) {
		t.Errorf("extensions.tsv is not sorted (-want +got):\n%s", cmp.Diff(string(got), string(text)))
	}
}
