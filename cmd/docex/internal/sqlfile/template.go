package sqlfile

import (
	"regexp"
	"strings"

	"github.com/docex/docex/guard"
)

// gap is what a program replaces with a part of a statement before it runs: %s, %[1]s, %order%, {{.Table}}.
var gap = regexp.MustCompile(`%(?:\[\d+\])?[sdvq]\b|%[A-Za-z_]+%|\{\{[^}]*\}\}`)

// template returns that a statement is one, in the place of a syntax error. It is nil for other statements.
func template(st Statement, d *guard.Denial) *Finding {
	for _, found := range gap.FindAllStringIndex(st.Text, -1) {
		before := st.Text[:found[0]]
		line := before[strings.LastIndexByte(before, '\n')+1:]
		if strings.Count(before, "'")%2 != 0 || strings.Contains(line, "--") || found[0] > d.Offset {
			continue // in a constant or a comment, or behind the error
		}
		return &Finding{
			Rule: RuleUnchecked, Object: st.Text[found[0]:found[1]], Statement: st.Name, Offset: st.Offset + found[0],
			Reason: "the program puts a part of the statement in here",
			Hint:   "check the texts that it makes, or pass a value as an argument",
		}
	}
	return nil
}
