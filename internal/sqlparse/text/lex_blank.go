package text

// skipBlank moves past white space and comments.
func (x *lexer) skipBlank() {
	x.comments = 0
	for x.pos < len(x.s) && x.fault == nil {
		c := x.s[x.pos]
		switch {
		case classes[c]&classSpace != 0:
			x.pos++
			continue
		case c == '-' && x.at(x.pos+1) == '-':
			x.pos = lineEnd(x.s, x.pos)
		case c == '/' && x.at(x.pos+1) == '*':
			x.blockComment()
		default:
			return
		}
		if x.comments++; x.comments > maxComments {
			x.fail("comments", maxComments)
		}
	}
}

// lineEnd returns the offset of the newline at or after i, or len(s). PostgreSQL ends a -- comment at \n and at \r.
func lineEnd(s string, i int) int {
	for i < len(s) && s[i] != '\n' && s[i] != '\r' {
		i++
	}
	return i
}

// blockComment consumes a comment with the comments nested in it. x.pos is at its slash.
func (x *lexer) blockComment() {
	depth := 0
	for x.pos < len(x.s) {
		switch c, d := x.s[x.pos], x.at(x.pos+1); {
		case c == '/' && d == '*':
			if !x.startInRun() {
				return
			}
			depth++
			x.pos += 2
		case c == '*' && d == '/':
			depth--
			x.pos += 2
			if depth == 0 {
				return
			}
		default:
			x.pos++
		}
	}
	x.open = true
}

// opRun is the maximal run of operator characters that the last operator or comment started in. The C lexer reads to
// the end of such a run from every token that starts inside it, then gives most of it back: n tokens in a run of n
// bytes take n² steps (120 KB of "/**/" take 11 s). Bounding a run, and the starts in it, keeps that linear, here and
// there.
type opRun struct{ end, starts int }

// startInRun counts a token or a comment that starts at x.pos and reports whether that is still within bounds.
func (x *lexer) startInRun() bool {
	if x.pos >= x.ops.end {
		end := x.pos
		for end < len(x.s) && classes[x.s[end]]&classOp != 0 {
			end++
		}
		x.ops = opRun{end: end}
		if end-x.pos > maxRunBytes {
			x.fail("operator-run", maxRunBytes)
			return false
		}
	}
	if x.ops.starts++; x.ops.starts > maxRunStarts {
		x.fail("operators", maxRunStarts)
		return false
	}
	return true
}

func (x *lexer) fail(limit string, most int) {
	if x.fault == nil {
		x.fault = &LimitError{Limit: limit, Offset: x.pos, Max: most}
	}
}

// operator consumes one operator. A comment that starts inside a run of operator characters ends it, and a trailing +
// or - is split off unless the operator holds a character that SQL's own operators do not (manual 4.1.3).
func (x *lexer) operator() TokenKind {
	if !x.startInRun() {
		return TokenEOF
	}
	start, strong := x.pos, false
	for x.pos < x.ops.end && !x.commentAt(x.pos) {
		strong = strong || classes[x.s[x.pos]]&classStrong != 0
		x.pos++
	}
	for !strong && x.pos-start > 1 && (x.s[x.pos-1] == '+' || x.s[x.pos-1] == '-') {
		x.pos--
	}
	return TokenOp
}

func (x *lexer) commentAt(i int) bool {
	c, d := x.s[i], x.at(i+1)
	return c == '-' && d == '-' || c == '/' && d == '*'
}
