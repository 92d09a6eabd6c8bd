package text

import "strings"

// planHints are the hints that choose among plans.
var planHints = func() map[string]bool {
	set := make(map[string]bool)
	for _, name := range strings.Fields(`seqscan tidscan indexscan indexonlyscan bitmapscan nestloop mergejoin hashjoin
		memoize`) {
		set[name], set["no"+name] = true, true
	}
	for _, name := range strings.Fields(`indexscanregexp indexonlyscanregexp bitmapscanregexp disableindex rows parallel
		leading`) {
		set[name] = true
	}
	return set
}()

// UnsafeHint finds a comment that begins with /*+, which extensions such as pg_hint_plan take for hints, and holds
// anything but hints that choose among plans. It is looked for inside constants, too: some readers of hints do not tell
// those from the rest. One that does not end may be ended by what the driver puts behind the text.
//
// Set is no such hint: it changes a setting while the statement is planned. At that time the bodies of SQL functions
// are read and names in them looked up, so search_path or role lead those elsewhere.
func UnsafeHint(sql string) (offset int, found bool) {
	for start := 0; ; {
		i := strings.Index(sql[start:], "/*+")
		if i < 0 {
			return 0, false
		}
		start += i
		body, _, _ := strings.Cut(sql[start+len("/*+"):], "*/")
		if !choosesPlans(body) {
			return start, true
		}
		start += len("/*+") + len(body)
	}
}

// hintBlanks are white space in the C locale.
const hintBlanks = " \t\n\v\f\r"

// choosesPlans reports whether a comment is nothing but names of hints, each with brackets behind it. In the brackets
// are names and numbers, without quotes and slashes, since readers of hints differ in what those mean. Only Leading has
// brackets inside its brackets.
func choosesPlans(body string) bool {
	for {
		body = strings.TrimLeft(body, hintBlanks)
		if body == "" {
			return true
		}
		open := strings.IndexByte(body, '(')
		if open < 0 {
			return false
		}
		name := Fold(strings.TrimRight(body[:open], hintBlanks))
		if !planHints[name] {
			return false
		}
		end := closing(body[open:], name == "leading")
		if end < 0 {
			return false
		}
		body = body[open+end:]
	}
}

// closing returns where the bracket that s begins with ends, or -1.
func closing(s string, nested bool) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '"', '\'', '/':
			return -1
		case '(':
			if depth++; depth > 1 && !nested {
				return -1
			}
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
