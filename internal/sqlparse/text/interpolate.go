package text

import "strings"

// Interpolates reports whether sql is the template with constants in place of parameters, as pgx writes them. A
// template in which a client could take something else for a parameter was refused by the guard.
func Interpolates(template, sql string) bool {
	tokens, done := NewScanner(template), 0
	for t := tokens.Next(); t.Kind != TokenEOF; t = tokens.Next() {
		if !isParameter(template, t) {
			continue
		}
		rest, ok := strings.CutPrefix(sql, template[done:t.Start])
		n := constant(rest)
		if !ok || n == 0 {
			return false
		}
		sql, done = rest[n:], t.End
	}
	return tokens.Fault() == nil && sql == template[done:]
}

// constant returns the length of the constant between spaces that s begins with, a string or null; 0 when it begins
// with none. In mode simple_protocol pgx writes every argument so.
func constant(s string) int {
	const null, open = " null ", " '"
	if strings.HasPrefix(s, null) {
		return len(null)
	}
	if !strings.HasPrefix(s, open) {
		return 0
	}
	for end := len(open); ; end += 2 {
		i := strings.IndexByte(s[end:], '\'')
		if i < 0 {
			return 0
		}
		end += i
		switch {
		case strings.HasPrefix(s[end:], "' "):
			return end + 2
		case !strings.HasPrefix(s[end:], "''"):
			return 0
		}
	}
}
