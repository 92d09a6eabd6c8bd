package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
)

const guardDir = "../../../guard"

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestServer fails when the server of this test run has a function or type that guard's lists do not know, or a safe
// one that could do more than when it was reviewed.
func TestServer(t *testing.T) {
	found := guardLists(t).compare(server(t))
	for _, difference := range found {
		t.Error(difference)
	}
	if len(found) > 0 {
		t.Log("guard/README.md says what to do")
	}
}

func guardLists(t *testing.T) *lists {
	t.Helper()
	l, err := readLists(guardDir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// server returns the catalog of the server of this test run, for the test to change.
func server(t *testing.T) *catalog {
	t.Helper()
	url := pgtest.Server(t).DSN("template1")
	read.Do(func() {
		read.catalog, read.err = readCatalog(context.Background(), url, guardLists(t).extensions.reviewed())
	})
	c := read.catalog
	if read.err != nil || len(c.functions) < 2600 || len(c.types) < 200 {
		t.Fatalf("read %+v, %v", c, read.err)
	}
	return &catalog{c.version, maps.Clone(c.functions), maps.Clone(c.types), maps.Clone(c.extensions)}
}

var read struct {
	sync.Once
	catalog *catalog
	err     error
}

// TestDifferences changes a server's catalog in each way that must not go unnoticed.
func TestDifferences(t *testing.T) {
	plain := overload{Kind: "function", Volatility: "immutable", Language: "internal", One: true, Args: []string{"text"},
		Result: "text"}
	overloads := func(name string, change func(o *overload)) func(c *catalog) {
		return func(c *catalog) {
			o := plain
			change(&o)
			c.functions[name] = append(slices.Clip(c.functions[name]), o)
		}
	}
	result := func(name string) func(o *overload) { return func(o *overload) { o.Result = name } }
	for name, test := range map[string]struct {
		change func(c *catalog)
		want   string // nothing: no difference
	}{
		"nothing": {func(*catalog) {}, ""},
		"plain":   {overloads("lower", func(*overload) {}), ""},
		"new":     {overloads("pg_new", func(*overload) {}), "functions.tsv: pg_new: not in the list: (text)text"},
		"gone": {func(c *catalog) { delete(c.functions, "lower") },
			"functions.tsv: lower: PostgreSQL VERSION lacks it"},
		"volatile": {overloads("lower", func(o *overload) { o.Volatility = "volatile" }),
			review("lower", "safe", "volatile(text)text")},
		"stable": {overloads("lower", func(o *overload) { o.Volatility = "stable" }),
			review("lower", "safe", "stable(text)text")},
		"procedure": {overloads("lower", func(o *overload) { o.Kind = "procedure" }),
			review("lower", "safe", "procedure(text)text")},
		"definer": {overloads("lower", func(o *overload) { o.Definer = true }),
			review("lower", "safe", "definer(text)text")},
		"closed": {overloads("lower", func(o *overload) { o.Closed = true }),
			review("lower", "safe", "closed(text)text")},
		"language": {overloads("lower", func(o *overload) { o.Language = "c" }),
			review("lower", "safe", "c(text)text")},
		"reg":          {overloads("lower", result("regclass")), review("lower", "safe", "(text)regclass")},
		"array of reg": {overloads("lower", result("_regclass")), review("lower", "safe", "(text)_regclass")},
		"oid":          {overloads("lower", result("oid")), review("lower", "safe", "(text)oid")},
		"internal":     {overloads("lower", result("internal")), review("lower", "safe", "(text)internal")},
		"unknown type": {overloads("lower", result("regnew")), review("lower", "safe", "(text)regnew")},
		"out": {overloads("lower", func(o *overload) { o.Out = []string{"regrole"} }),
			review("lower", "safe", "(text)text[regrole]")},
		"variadic": {overloads("lower", func(o *overload) { o.Variadic, o.Args = true, []string{"text", "any"} }),
			review("lower", "safe", "(text,any...)text")},
		"checked":      {overloads("nextval", func(*overload) {}), review("nextval", "sequence", "(text)text")},
		"refused":      {overloads("pg_sleep", func(*overload) {}), ""}, // refused behind a dot, too
		"refused, dot": {overloads("current_query", func(*overload) {}), review("current_query", "refused", "(text)text")},
		"conversion":   {overloads("textin", result("cstring")), ""},
		"new type": {func(c *catalog) { c.types["new"] = typ{Name: "new", Kind: "data"} },
			"types.tsv: new: not in the list: data"},
		"type gone": {func(c *catalog) { delete(c.types, "uuid") }, "types.tsv: uuid: PostgreSQL VERSION lacks it"},
		"type looks up": {func(c *catalog) { c.types["uuid"] = typ{Name: "uuid", Kind: "data", Stable: true} },
			"types.tsv: uuid: safe, but nobody has reviewed that its conversion depends on more than the value"},
		"type of a row": {func(c *catalog) { c.types["uuid"] = typ{Name: "uuid", Kind: "row"} },
			"types.tsv: uuid: class safe, but the server says row"},
		"type of pseudo": {func(c *catalog) { c.types["uuid"] = typ{Name: "uuid", Kind: "pseudo"} },
			"types.tsv: uuid: class safe, but the server says pseudo"},
	} {
		t.Run(name, func(t *testing.T) {
			c := server(t)
			test.change(c)
			var want []string
			if test.want != "" {
				want = []string{strings.ReplaceAll(test.want, "VERSION", c.major())}
			}
			if diff := cmp.Diff(want, guardLists(t).compare(c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func review(name, class, form string) string {
	return "functions.tsv: " + name + ": " + class + ", but nobody has reviewed the form " + form
}

// TestUpdate: what -update writes is never safe, and stays a difference until someone has reviewed it.
func TestUpdate(t *testing.T) {
	l, c := guardLists(t), server(t)
	for _, name := range []string{"lower", "now", "current_query"} {
		delete(l.functions.rows, name)
	}
	for _, name := range []string{"uuid", "pg_class"} {
		delete(l.types.rows, name)
	}
	reviewed := slices.Clone(l.functions.rows["upper"])
	l.update(c)
	once := l.functions.text()
	l.update(c)
	if !bytes.Equal(once, l.functions.text()) {
		t.Error("a second update changes the file")
	}
	got := [][]string{l.functions.rows["lower"], l.functions.rows["now"], l.types.rows["uuid"], l.types.rows["pg_class"],
		l.functions.rows["upper"]}
	want := [][]string{
		{"lower", "refused", "unreviewed", "dot", c.major(), "-"}, {"now", "refused", "unreviewed", "-", c.major(), "-"},
		{"uuid", "internal", c.major(), "-"}, {"pg_class", "row", c.major(), "-"}, reviewed,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	found := strings.Join(l.compare(c), "\n")
	for _, name := range []string{"lower", "now", "current_query"} {
		if !strings.Contains(found, "functions.tsv: "+name+": nobody has reviewed it") {
			t.Errorf("%s: updated, and no difference", name)
		}
	}
}

// TestRun runs the program on a copy of the files.
func TestRun(t *testing.T) {
	dir, url := t.TempDir(), pgtest.Server(t).DSN("template1")
	for _, name := range []string{"functions.tsv", "types.tsv", "extensions.tsv"} {
		text, err := os.ReadFile(filepath.Join(guardDir, name))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte("stable()timestamptz"), []byte("-"), 1) // the first such line is now's
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := review("now", "safe", "stable()timestamptz") + "\n"
	for _, test := range []struct {
		args   []string
		status int
		stdout string
	}{
		{[]string{url}, 1, now},
		{[]string{"-update", url}, 1, now},
		{[]string{"-accept", "now", url}, 0, ""},
		{[]string{url}, 0, ""},
		{[]string{url, url}, 2, ""},
		{[]string{"-unknown"}, 2, ""},
		{[]string{"postgres://127.0.0.1:1/none"}, 2, ""},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append([]string{"-dir", dir}, test.args...), &stdout, &stderr)
		if status != test.status || stdout.String() != test.stdout || (stderr.Len() > 0) != (status == 2) {
			t.Errorf("%v: status %d, printed %q and %q, want %d and %q", test.args, status, &stdout, &stderr, test.status,
				test.stdout)
		}
	}
}
