package text

import (
	"regexp"
	"strings"
)

// planHints is what a hint comment may hold: hints that choose among plans, each with names and numbers in its
// brackets. White space is that of the C locale. Quotes, other brackets and slashes are left out, since readers of
// hints differ in what those mean. Set is left out, too: it changes a setting while the statement is planned. At that
// time the bodies of SQL functions are read and names in them looked up, so search_path or role lead those elsewhere.
var planHints = regexp.MustCompile(`(?i)^[ \t\n\v\f\r]*(?:(?:` +
	`(?:no)?(?:seqscan|tidscan|indexscan|indexonlyscan|bitmapscan|nestloop|mergejoin|hashjoin|memoize)|` +
	`indexscanregexp|indexonlyscanregexp|bitmapscanregexp|disableindex|rows|parallel` +
	`)[ \t\n\v\f\r]*\([^()"'/]*\)[ \t\n\v\f\r]*|` +
	`leading[ \t\n\v\f\r]*` + nested(`[^()"'/]`, 8) + `[ \t\n\v\f\r]*)*$`)

// nested matches what is in brackets, with more of it inside, so many levels deep.
func nested(char string, levels int) string {
	inside := char
	for range levels {
		inside = `(?:` + char + `|\(` + inside + `*\))`
	}
	return `\(` + inside + `*\)`
}

// UnsafeHint finds a comment that begins with /*+, which extensions such as pg_hint_plan take for hints, and holds
// anything but hints that choose among plans. It is looked for inside constants, too: some readers of hints do not tell
// those from the rest. One that does not end may be ended by what the driver puts behind the text.
func UnsafeHint(sql string) (offset int, found bool) {
	for start := 0; ; {
		i := strings.Index(sql[start:], "/*+")
		if i < 0 {
			return 0, false
		}
		start += i
		body, _, _ := strings.Cut(sql[start+len("/*+"):], "*/")
		if !planHints.MatchString(body) {
			return start, true
		}
		start += len("/*+") + len(body)
	}
}
