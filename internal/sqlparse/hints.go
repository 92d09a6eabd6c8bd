package sqlparse

import (
	"regexp"
	"strings"
)

// hintSet finds the settings that a hint comment changes.
var hintSet = regexp.MustCompile(`(?i)\bset\s*\(\s*"?([^\s()"]*)`)

// hintSettings returns the settings named by Set(name value) in comments that begin with /*+. The extension pg_hint_plan
// applies them while it plans the statement, which is when the bodies of SQL functions are read and names in them looked
// up: Set(search_path …) leads those to another schema. A comment is looked for inside constants as well; it costs nothing.
func hintSettings(sql string) []Setting {
	var found []Setting
	for start := 0; ; {
		i := strings.Index(sql[start:], "/*+")
		if i < 0 {
			return found
		}
		start += i + len("/*+")
		body, _, _ := strings.Cut(sql[start:], "*/")
		for _, m := range hintSet.FindAllStringSubmatchIndex(body, -1) {
			found = append(found, Setting{Name: lowerASCII(body[m[2]:m[3]]), Offset: start + m[2], Local: true})
		}
		start += len(body)
	}
}
