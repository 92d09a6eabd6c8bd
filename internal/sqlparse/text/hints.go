package text

import (
	"regexp"
	"strings"
)

// hintSet finds the settings that a hint comment changes.
var hintSet = regexp.MustCompile(`(?i)\bset\s*\(\s*"?([^\s()"]*)`)

// Hint is a setting that a hint comment changes, in lower case.
type Hint struct {
	Name   string
	Offset int
}

// Hints returns the settings named by Set(name value) in comments that begin with /*+. The extension pg_hint_plan
// applies them while it plans the statement. At that time the bodies of SQL functions are read and names in them looked
// up, so Set(search_path …) leads those to another schema. A comment is looked for inside constants as well; it costs
// nothing.
func Hints(sql string) []Hint {
	var found []Hint
	for start := 0; ; {
		i := strings.Index(sql[start:], "/*+")
		if i < 0 {
			return found
		}
		start += i + len("/*+")
		body, _, _ := strings.Cut(sql[start:], "*/")
		for _, m := range hintSet.FindAllStringSubmatchIndex(body, -1) {
			found = append(found, Hint{Name: Fold(body[m[2]:m[3]]), Offset: start + m[2]})
		}
		start += len(body)
	}
}
