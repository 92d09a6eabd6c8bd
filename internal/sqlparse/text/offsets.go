package text

import "strings"

// ByteOffset turns an offset in characters, in which the parser counts where a text is wrong, into one in bytes.
func ByteOffset(sql string, chars int) int {
	n := 0
	for i := range sql {
		if n >= chars {
			return i
		}
		n++
	}
	return len(sql)
}

// SkipBlanks returns the offset of what stands behind white space and semicolons at an offset. It does not skip
// comments.
func SkipBlanks(sql string, offset int) int {
	if offset < 0 || offset > len(sql) {
		return 0
	}
	return len(sql) - len(strings.TrimLeft(sql[offset:], " \t\r\n\f\v;"))
}

// FirstToken returns the offset of the first token at or behind an offset. Semicolons, white space and comments are
// skipped: the first comment of a file can be far from its first statement.
func FirstToken(sql string, offset int) int {
	x := lexer{s: sql, pos: max(0, min(offset, len(sql)))}
	t := x.next()
	for t.Kind == TokenSemi {
		t = x.next()
	}
	return t.Start
}

// StatementAround returns the offsets behind the last semicolon before offset and behind the next one. A backslash
// there is a command of psql's, which ends with its line.
func StatementAround(sql string, offset int) (begin, end int) {
	x := lexer{s: sql}
	depth := 0
	t := x.next()
	for ; t.Kind != TokenEOF && (t.Kind != TokenSemi || t.Start < offset); t = x.next() {
		switch t.Kind {
		case TokenOpen:
			depth++
		case TokenClose:
			depth = max(0, depth-1)
		case TokenSemi:
			if depth == 0 {
				begin = t.End
			}
		}
	}
	switch {
	case offset < len(sql) && sql[offset] == '\\':
		return begin, lineEnd(sql, offset)
	case t.Kind == TokenEOF:
		return begin, len(sql)
	}
	return begin, t.End
}

// BodyOffset returns the offset of code in the string constant that follows an offset, which is that of a function's
// AS. Where the constant does not hold code as it is (quotes doubled, escapes), it returns the offset of the constant,
// and exact is false.
func BodyOffset(sql string, as int, code string) (offset int, exact bool) {
	x := lexer{s: sql, pos: max(0, as)}
	for t := x.next(); t.Kind != TokenEOF && t.Kind != TokenSemi; t = x.next() {
		if t.Kind != TokenLiteral || !isString(sql, t) {
			continue
		}
		offset = t.Start + 1
		if sql[t.Start] == '$' {
			offset += 1 + strings.IndexByte(sql[offset:], '$')
		}
		if strings.HasPrefix(sql[offset:], code) {
			return offset, true
		}
		return t.Start, false
	}
	return as, false
}
