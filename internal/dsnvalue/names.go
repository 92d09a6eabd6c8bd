package dsnvalue

import (
	"errors"
	"regexp"
	"strings"
)

var errNames = errors.New("it must be names separated by commas, each as in SQL: in double quotes unless it consists " +
	"of letters, digits, _ and $ and begins with a letter or _; upper case is kept in quotes only")

// listedName is a name, in quotes or without, and the comma or the end behind it.
var listedName = regexp.MustCompile(`^[ \t\n\r\v\f]*` +
	`(?:"((?:[^"]|"")+)"|([A-Za-z_[:^ascii:]][A-Za-z0-9_$.[:^ascii:]]*))` + `[ \t\n\r\v\f]*(,|$)`)

var asciiUpper = regexp.MustCompile(`[A-Z]+`)

// splitNames reads a list of names as SQL writes them: separated by commas; folded to lower case or else in double
// quotes, in which a doubled quote stands for one (PostgreSQL manual, 4.1.1 "Identifiers and Key Words"). With dots,
// names without quotes may hold some, as the names of settings do. PostgreSQL would cut long names; here the checks of
// names refuse them. Letters outside ASCII keep their case, as in the server. Invalid UTF-8 is left to the checks.
func splitNames(s string, dots bool) (names []string, err error) {
	if strings.Trim(s, " \t\n\r\v\f") == "" {
		return nil, nil
	}
	for goesOn := true; goesOn; {
		m := listedName.FindStringSubmatch(s)
		if m == nil || !dots && strings.Contains(m[2], ".") {
			return nil, errNames
		}
		name := strings.ReplaceAll(m[1], `""`, `"`)
		if m[2] != "" {
			name = asciiUpper.ReplaceAllStringFunc(m[2], strings.ToLower)
		}
		names = append(names, name)
		s, goesOn = s[len(m[0]):], m[3] != ""
	}
	return names, nil
}
