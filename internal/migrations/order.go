package migrations

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	numberFirst      = regexp.MustCompile(`^([0-9]+)`)
	numberUnderscore = regexp.MustCompile(`^([0-9]+)_`)
)

// number is a version without leading zeros, of any size.
func number(digits string) string { return strings.TrimLeft(digits, "0") }

// compareNumbers compares what number returns as numbers.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// byNumber orders the files by the number that their names begin with, as is finds it. A name without one, and a number
// that is there twice, are problems.
func (f *folder) byNumber(tool Tool, is *regexp.Regexp) {
	f.noCode(tool)
	if f.alone() {
		return
	}
	version := map[string]string{}
	for _, file := range f.files {
		m := is.FindStringSubmatch(file.Name)
		if m == nil || tool == Goose && number(m[1]) == "" { // goose begins with 1
			f.leftOut(file.Name, tool)
			continue
		}
		version[file.Name] = number(m[1])
	}
	slices.SortStableFunc(f.files, func(a, b File) int { return compareNumbers(version[a.Name], version[b.Name]) })
	for i := range f.files[1:] {
		a, b := f.files[i].Name, f.files[i+1].Name
		va, isA := version[a]
		vb, isB := version[b]
		if isA && isB && va == vb {
			f.twice(a, b)
		}
	}
}

// leftOut refuses a file that the tool passes over, and docex would run.
func (f *folder) leftOut(name string, tool Tool) {
	f.refuse(name, fmt.Sprintf("the folder is %s's, which leaves a file of this name out", tool),
		"give it a name like the others, or move it out of the folder")
}

func (f *folder) twice(a, b string) {
	f.refuse(b, fmt.Sprintf("%s has the same version, so there is no order between them", a),
		"give one of them another version")
}

// code matches migrations that are programs.
var code = regexp.MustCompile(`^[0-9]+_.*\.go$|^[VRUB][0-9_.]*__.*\.(?:java|kt|groovy|class)$`)

// noCode refuses migrations that are written in a programming language.
func (f *folder) noCode(tool Tool) {
	for _, name := range f.others {
		if code.MatchString(name) && !strings.HasSuffix(name, "_test.go") {
			f.refuse(name, fmt.Sprintf("it is a migration of %s that is a program, which docex cannot run", tool),
				"write what it does to an empty database as SQL, or move it out of the folder if that is nothing")
		}
	}
}
