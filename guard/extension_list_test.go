package guard

import (
	"slices"
	"strings"
	"testing"
)

// TestExtensionsFile holds extensions.tsv to its own description.
func TestExtensionsFile(t *testing.T) {
	l, opens, seen := extensions(), map[string]bool{}, map[string]bool{}
	for line := range dataLines(extensionsTSV) {
		f := strings.Split(line, "\t")
		if f[0] == "extension" {
			if _, worded := reasons[f[3]]; worded == (f[3] == "-") || seen["extension "+f[1]] || f[4] == "" {
				t.Errorf("%s: comes twice, or its reason or note is wrong: %q", f[1], f[3:])
			}
			seen["extension "+f[1]] = true
			continue
		}
		class, known := classes[f[2]]
		_, worded := reasons[f[3]]
		switch e, has := l.extensions[f[0]]; {
		case !has || !seen["extension "+f[0]]:
			t.Errorf("%s: no line about extension %s before it", f[1], f[0])
		case seen[f[1]]:
			t.Errorf("%s comes twice", f[1])
		case !known || class == sequence || class == arity:
			t.Errorf("%s: class %q", f[1], f[2])
		case (class == refused) != worded || f[3] == "unreviewed":
			t.Errorf("%s: class %q with reason %q", f[1], f[2], f[3])
		case f[4] != "dot" && f[4] != "-" || class != refused && f[4] == "dot":
			t.Errorf("%s: dot is %q", f[1], f[4])
		case f[5] != "all" && f[5] != "-" && !within(versions(f[5]), e.versions), (f[5] == "-") != (e.versions == nil):
			t.Errorf("%s: versions %q, of %q", f[1], f[5], e.versions)
		}
		seen[f[1]], opens[f[0]] = true, opens[f[0]] || class != refused
	}
	for name, e := range l.extensions {
		if opens[name] != (e.reason == "-") {
			t.Errorf("extension %s: reason %q, but that some of its functions may be called is %v", name, e.reason, opens[name])
		}
	}
	if len(l.extensions) < 60 || len(l.functions) < 1000 {
		t.Errorf("only %d extensions and %d functions", len(l.extensions), len(l.functions))
	}
}

func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// A bare name means pg_catalog's function first, so an extension's of that name must not have another verdict.
func TestExtensionsAgreeWithPostgreSQL(t *testing.T) {
	for name, f := range extensions().functions {
		if b, ok := builtins()[name]; ok && b.class != f.class {
			t.Errorf("%s: %v in pg_catalog, %v in extension %s", name, b.class, f.class, f.extension)
		}
		if class := typeClass(name); class == typeCatalog || class == typeInternal && !strings.HasPrefix(name, "pg_") {
			t.Errorf("%s of extension %s is the name of a type that stays refused", name, f.extension)
		}
	}
}

// namesObjects are the functions that may be called although an argument can name an object, or is the server's own.
var namesObjects = map[string]string{
	"unaccent":    "a rule wants the dictionary to be a constant",
	"system_rows": "SQL has no value of type internal, so only TABLESAMPLE calls it",
	"system_time": "SQL has no value of type internal, so only TABLESAMPLE calls it",
}

// TestOpenedExtensionsNameNothing looks at the forms of what may be called. A test of internal/tools/pgfunctions holds
// the forms to servers.
func TestOpenedExtensionsNameNothing(t *testing.T) {
	for line := range dataLines(extensionsTSV) {
		f := strings.Split(line, "\t")
		if f[0] == "extension" || classes[f[2]] == refused || namesObjects[f[1]] != "" {
			continue
		}
		for _, word := range []string{"reg", "oid", "internal", "cstring", "trigger", "handler", "definer", "procedure",
			"closed", "xid", "name"} {
			if strings.Contains(f[6], word) {
				t.Errorf("%s may be called, and has the form %s", f[1], f[6])
			}
		}
	}
}
