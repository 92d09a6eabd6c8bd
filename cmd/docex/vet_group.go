package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docex/docex/vet"
)

// grouped puts the calls of a function that have no UserContext into one finding, at the first of them.
func grouped(found []vetFinding) (out []vetFinding) {
	type key struct{ file, function string }
	calls := map[key][]vetFinding{}
	for _, f := range found {
		if f.Category == vet.Context {
			k := key{f.File, f.Function}
			calls[k] = append(calls[k], f)
		}
	}
	for _, f := range found {
		group := calls[key{f.File, f.Function}]
		switch {
		case f.Category != vet.Context, f.Function == "", len(group) == 1:
			out = append(out, f)
		case f == group[0]:
			f.message = groupMessage(f.Function, group)
			out = append(out, f)
		}
	}
	return out
}

func groupMessage(function string, group []vetFinding) string {
	var lines []string
	for _, f := range group {
		lines = append(lines, strconv.Itoa(f.Line))
	}
	return fmt.Sprintf("%s: %d calls have no UserContext, which gives scope.ErrNoUserContext: lines %s; "+
		"pass the context of the request, or use a handle of driver.Bind",
		function, len(group), strings.Join(slices.Compact(lines), ", "))
}
