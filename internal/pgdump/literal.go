package pgdump

import "strings"

// literal is a string constant taken apart.
type literal struct {
	open, close string // around the content
	content     string // as it is written
	value       string // as the server reads it
	escapes     bool   // E'…'
}

// exact reports whether the content is written as it is read.
func (l *literal) exact() bool { return l.content == l.value }

// literalOf reads '…', E'…' and $tag$…$tag$. ok is false for numbers, bit strings, parameters, U&'…', strings without
// an end and escapes by number.
func literalOf(token string) (l literal, ok bool) {
	switch {
	case strings.HasPrefix(token, "$"):
		i := strings.IndexByte(token[1:], '$')
		if i < 0 {
			return l, false
		}
		tag := token[:i+2]
		if len(token) < 2*len(tag) || !strings.HasSuffix(token, tag) {
			return l, false
		}
		l = literal{open: tag, close: tag, content: token[len(tag) : len(token)-len(tag)]}
		l.value = l.content
		return l, true
	case strings.HasPrefix(token, "'"):
		l = literal{open: "'", close: "'"}
	case strings.HasPrefix(token, "E'"), strings.HasPrefix(token, "e'"):
		l = literal{open: token[:2], close: "'", escapes: true}
	default:
		return l, false
	}
	if len(token) < len(l.open)+1 || !strings.HasSuffix(token, "'") {
		return l, false
	}
	l.content = token[len(l.open) : len(token)-1]
	l.value, ok = unescape(l.content, l.escapes)
	return l, ok
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', '\\': '\\', '\'': '\'', '"': '"'}

// unescape reads what stands between quotes.
func unescape(content string, backslashes bool) (value string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(content); i++ {
		c := content[i]
		switch {
		case c == '\\' && backslashes:
			if i++; i == len(content) || escapes[content[i]] == 0 {
				return "", false
			}
			c = escapes[content[i]]
		case c == '\'':
			if i++; i == len(content) || content[i] != '\'' {
				return "", false // one string ends, and another one continues it on another line
			}
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// with returns the constant with another value, written in the same way where that is possible.
func (l *literal) with(value string) string {
	if strings.HasPrefix(l.open, "$") {
		tag := l.open
		for strings.Index(value+tag, tag) < len(value) {
			tag = tag[:len(tag)-1] + "_$"
		}
		return tag + value + tag
	}
	value = strings.ReplaceAll(value, "'", "''")
	if l.escapes {
		value = strings.ReplaceAll(value, `\`, `\\`)
	}
	return l.open + value + l.close
}
