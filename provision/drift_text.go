package provision

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxShown bounds what a message shows of a definition, in bytes, and shownBefore what it shows of it before the place
// where two differ.
const (
	maxShown    = 120
	shownBefore = 40
)

// detail is a definition in brackets, or nothing.
func detail(definition string) string {
	if definition == "" {
		return ""
	}
	return " (" + excerpt(onOneLine(definition), 0) + ")"
}

// shownBoth returns excerpts of two definitions that differ, which differ too.
func shownBoth(a, b string) (string, string) {
	oneA, oneB := onOneLine(a), onOneLine(b)
	if oneA == oneB { // in blanks only
		oneA, oneB = strconv.Quote(a), strconv.Quote(b)
	}
	if len(oneA) <= maxShown && len(oneB) <= maxShown {
		return excerpt(oneA, 0), excerpt(oneB, 0)
	}
	from := max(0, differsAt(oneA, oneB)-shownBefore)
	for from > 0 && !utf8.RuneStart(oneA[from]) { // up to there they are the same
		from--
	}
	return excerpt(oneA, from), excerpt(oneB, from)
}

// differsAt returns the offset of the first byte that differs. One of them may end there.
func differsAt(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

func onOneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// excerpt returns what is shown of a definition from an offset on.
func excerpt(s string, from int) string {
	if s == "" {
		return "plain"
	}
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	s = s[from:]
	if len(s) > maxShown {
		s, after = clip(s, maxShown), "…"
	}
	return before + s + after
}
