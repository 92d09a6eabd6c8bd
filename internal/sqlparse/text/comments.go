package text

import (
	"strings"
	"unicode/utf8"
)

// WithoutComments returns sql without its comments, so that texts that differ in comments only become one text. A space
// stands where comments were between two tokens, whatever white space was with them. Nothing stands for the comments in
// front and at the end.
//
// PostgreSQL finds the same tokens in the result, byte for byte: a comment ends each token that stands before it, as a
// space does. sql is returned as it is where something that reads comments could tell the two apart:
//   - [CheckEncoding] and [CheckLimits];
//   - [UnsafeHint], which looks for /*+ everywhere, constants included;
//   - [CheckPlaceholders], which looks for a $ in comments;
//   - the parser, which refuses a comment that does not end, and to which a vertical tab is no white space;
//   - the server, which makes one constant of two strings with a -- comment between them, and the parser does not.
func WithoutComments(sql string) string {
	if !mayLeaveOut(sql) {
		return sql
	}
	var b strings.Builder
	x := lexer{s: sql}
	done, end := 0, 0 // how far sql is written, and where its last token ends
	for t := x.next(); ; t = x.next() {
		if x.comments > 0 {
			if x.open || isRead(sql, end, t.Start) {
				return sql
			}
			b.Grow(len(sql) - done) // allocates the first time only
			b.WriteString(sql[done:end])
			if end > 0 && t.Kind != TokenEOF {
				b.WriteByte(' ')
			}
			done = t.Start
		}
		if t.Kind == TokenEOF {
			break
		}
		end = t.End
	}
	if done == 0 || x.fault != nil {
		return sql
	}
	b.WriteString(sql[done:])
	return b.String()
}

// mayLeaveOut tells most texts apart without reading tokens: there may be a comment, and nothing forbids to leave it
// out wherever it is.
func mayLeaveOut(sql string) bool {
	return (strings.Contains(sql, "--") || strings.Contains(sql, "/*")) && !strings.Contains(sql, "/*+") &&
		strings.IndexByte(sql, 0) < 0 && strings.IndexByte(sql, '\v') < 0 && utf8.ValidString(sql)
}

// isRead reports whether the comments between two tokens, that end and start there, mean something to somebody.
func isRead(sql string, end, start int) bool {
	betweenStrings := end > 0 && sql[end-1] == '\'' && start < len(sql) && sql[start] == '\''
	return betweenStrings || strings.IndexByte(sql[end:start], '$') >= 0
}
