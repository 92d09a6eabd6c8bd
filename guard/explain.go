package guard

import "strings"

// Explain returns the message of [Denial.Error] in several lines of bounded length, for people: the rule, the object
// and the place, the line of the statement with a caret under the column, the reason, and what to do instead.
//
// sql is the text that was refused, since a Denial does not keep it. Only the one line is shown, cut around the column.
// Constants and comments in it are masked: '…' stands for a string and … for a number. Where the text does not parse,
// so that a stray quote may have turned strings inside out, the words behind the first quote are masked, too. With
// another text than the refused one the line is left out.
func (d *Denial) Explain(sql string) string {
	text := d.head() + "\n"
	if code, caret := d.excerpt(sql); code != "" {
		text += "\n    " + code + "\n    " + caret + "\n\n"
	}
	text += "reason: " + d.Reason
	if d.Hint != "" {
		text += "\ninstead: " + d.Hint
	}
	return text
}

// excerpt returns the part of the line around the column, and a line with a caret to print below it. Both are empty
// when there is nothing to show.
func (d *Denial) excerpt(sql string) (code, caret string) {
	if d.Line < 1 || d.Offset < 0 || d.Offset > len(sql) {
		return "", ""
	}
	if line, column := position(sql, d.Offset); line != d.Line || column != d.Column {
		return "", ""
	}
	end := lineEnd(sql, d.Offset)
	v := view{at: min(d.Offset, end)}
	v.show(sql, strings.LastIndexByte(sql[:d.Offset], '\n')+1, end, d.parsed())
	return v.lines()
}

// parsed reports whether the parser has certainly accepted the text that was refused.
func (d *Denial) parsed() bool {
	switch d.Rule {
	case RuleEncoding, RuleLimit, RuleSyntax, RuleUnsupported:
		return false
	}
	return true
}

// lineEnd returns where the line that offset is in ends, without its line feed and carriage return.
func lineEnd(sql string, offset int) int {
	end := len(sql)
	if i := strings.IndexByte(sql[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	if end > 0 && sql[end-1] == '\r' {
		end--
	}
	return end
}
