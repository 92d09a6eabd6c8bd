package guard

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed extensions.tsv
var extensionsTSV string

// extension is a line of extensions.tsv that is about one.
type extension struct {
	versions []string // that were reviewed; none: only names that do harm are known
	reason   string   // why none of its functions may be called; "-": some may
}

// extensionFunction is a line about a function of an extension.
type extensionFunction struct {
	extension string
	builtin
}

// extensionList is extensions.tsv. No two extensions in it have a function of the same name.
type extensionList struct {
	extensions map[string]extension
	functions  map[string]extensionFunction
}

var extensions = sync.OnceValue(func() extensionList {
	l := extensionList{map[string]extension{}, make(map[string]extensionFunction, 1200)}
	for line := range dataLines(extensionsTSV) {
		f := strings.Split(line, "\t")
		switch {
		case f[0] == "extension" && len(f) == 5:
			l.extensions[f[1]] = extension{versions: versions(f[2]), reason: f[3]}
		case len(f) == 7:
			b := builtin{class: classes[f[2]], reason: f[3], dot: f[4] == "dot"}
			l.functions[f[1]] = extensionFunction{extension: f[0], builtin: b}
		default:
			panic("docex: guard: extensions.tsv: " + line) // the file is part of the program and tested
		}
	}
	return l
})

func versions(column string) []string {
	if column == "-" {
		return nil
	}
	return strings.Split(column, ",")
}

// ReviewedVersions returns the versions (pg_extension.extversion) of an extension that may stand in Policy.Extensions
// whose functions somebody has read for docex. It returns none for any other extension. A function that only another
// version has is unknown, and refused; one that another version has changed is judged as in these.
func ReviewedVersions(name string) []string {
	if allowableExtension(name) != nil {
		return nil
	}
	return slices.Clone(extensions().extensions[name].versions)
}

// allowableExtension refuses names for Policy.Extensions that open nothing.
func allowableExtension(name string) error {
	e, ok := extensions().extensions[name]
	switch {
	case name == "":
		return errors.New("is empty")
	case !ok || e.versions == nil:
		return fmt.Errorf("is no extension that docex has reviewed (these are: %s); name its functions in AllowFunctions",
			strings.Join(reviewedExtensions(), ", "))
	case e.reason != "-":
		return fmt.Errorf("has no function that statements may call: %s", extensionReasons(e.reason))
	}
	return nil
}

// extensionReasons words why an extension opens nothing.
func extensionReasons(reason string) string {
	switch reason {
	case "internal":
		return "its functions are for the server's own use; its types, operators and languages need no entry"
	case "trigger":
		return "its functions are triggers, which need no entry"
	}
	return reasons[reason].why
}

// reviewedExtensions are the names that Policy.Extensions takes, sorted.
func reviewedExtensions() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(extensions().extensions)) {
		if e := extensions().extensions[name]; e.versions != nil && e.reason == "-" {
			names = append(names, name)
		}
	}
	return names
}
