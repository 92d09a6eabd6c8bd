package driver

import (
	"errors"
	"strings"
)

var errNames = errors.New(`it must be names separated by commas, each as in SQL: in double quotes unless it consists of letters, ` +
	`digits, _ and $ and begins with a letter or _; upper case is kept in quotes only`)

// splitNames reads a list of names as SQL writes them: separated by commas; folded to lower case or else in double quotes,
// in which a doubled quote stands for one (PostgreSQL manual, 4.1.1 "Identifiers and Key Words"). With dots, names
// without quotes may hold some, as the names of settings do. PostgreSQL would cut long names; here the checks of names
// refuse them.
func splitNames(s string, dots bool) ([]string, error) {
	s = strings.Trim(s, sqlSpace)
	if s == "" {
		return nil, nil
	}
	var all []string
	for {
		name, rest, ok := cutName(strings.TrimLeft(s, sqlSpace), dots)
		rest = strings.TrimLeft(rest, sqlSpace)
		if !ok || rest != "" && rest[0] != ',' {
			return nil, errNames
		}
		all = append(all, name)
		if rest == "" {
			return all, nil
		}
		s = rest[1:]
	}
}

// sqlSpace is white space between SQL tokens.
const sqlSpace = " \t\n\r\v\f"

func cutName(s string, dots bool) (name, rest string, ok bool) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		return cutQuoted(quoted)
	}
	n := 0
	for n < len(s) && (nameStart(s[n]) || n > 0 && nameGoesOn(s[n], dots)) {
		n++
	}
	return foldASCII(s[:n]), s[n:], n > 0
}

// cutQuoted takes a name off s, which follows the opening quote.
func cutQuoted(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for {
		part, rest, closed := strings.Cut(s, `"`)
		b.WriteString(part)
		if !closed {
			return "", "", false
		}
		if s, closed = strings.CutPrefix(rest, `"`); !closed {
			return b.String(), rest, b.Len() > 0
		}
		b.WriteByte('"')
	}
}

func nameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func nameGoesOn(c byte, dots bool) bool {
	return '0' <= c && c <= '9' || c == '$' || dots && c == '.'
}

// foldASCII folds as the server does in UTF-8: other letters keep their case. It works on bytes, to leave invalid UTF-8 to
// the checks of names.
func foldASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
