package sqlparse

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// hole is a place in a template where more SQL of a kind goes: '\x01' an expression, '\x02' a b_expr, '\x03' a query,
// '\x04' a from item.
type hole byte

func templatesFor(h hole) []string {
	return map[hole][]string{1: exprTemplates, 2: bexprTemplates, 3: queryTemplates, 4: fromTemplates}[h]
}

// context draws a template of the kind h and returns what stands before and after one of its holes, with leaves in the
// others, and the kind of that hole.
func context(t *rapid.T, h hole) (before, after string, inner hole) {
	s := holes.Replace(rapid.SampledFrom(templatesFor(h)).Draw(t, "template"))
	var at []int
	for i := range len(s) {
		if 1 <= s[i] && s[i] <= 4 {
			at = append(at, i)
		}
	}
	i := rapid.SampledFrom(at).Draw(t, "hole")
	g := &sqlGen{t: t}
	return g.expand(s[:i]), g.expand(s[i+1:]), hole(s[i])
}

// shortCycle draws contexts until the hole is of the kind it began with.
func shortCycle(t *rapid.T) (kind hole, before, after string, ok bool) {
	first := hole(rapid.IntRange(1, 4).Draw(t, "kind"))
	for kind = first; len(before) < 400; {
		b, a, inner := context(t, kind)
		before, after, kind = before+b, a+after, inner
		if kind == first {
			return first, before, after, true
		}
	}
	return 0, "", "", false
}

// TestEstimateCoversCycles repeats short ways from a kind of SQL back to itself: a cost that is too low by one level
// shows after a few rounds, where the constant part of the estimate would hide it in a random tree.
func TestEstimateCoversCycles(t *testing.T) {
	t.Parallel()
	parsed, tried := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 30 {
			first, before, after, ok := shortCycle(t)
			if !ok {
				continue
			}
			tried++
			if checkEstimate(t, cycle(first, before, after, 30)) {
				parsed++
			}
		}
	})
	if parsed < tried/4 || parsed < 300 {
		t.Fatalf("%d of %d statements parsed", parsed, tried)
	}
	t.Logf("%d of %d statements parsed", parsed, tried)
}

func cycle(kind hole, before, after string, n int) string {
	s := strings.Repeat(before, n) + map[hole]string{1: "1", 2: "1", 3: "SELECT 1", 4: "a"}[kind] +
		strings.Repeat(after, n)
	switch kind {
	case 3:
		return s
	case 4:
		return "SELECT 1 FROM " + s
	}
	return "SELECT " + s
}
