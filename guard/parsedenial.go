package guard

import (
	"errors"
	"fmt"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// parseDenial hides the parser's errors, which are no part of this package's contract.
func parseDenial(sql string, err error) *Denial {
	var enc *text.EncodingError
	var lim *text.LimitError
	var syn *sqlparse.SyntaxError
	var mark *text.PlaceholderError
	switch {
	case errors.As(err, &enc) && enc.NUL:
		return &Denial{Rule: RuleEncoding, Offset: enc.Offset, Reason: "the text holds a NUL byte",
			Hint: "remove it, and pass binary data as an argument"}
	case errors.As(err, &enc):
		return &Denial{Rule: RuleEncoding, Offset: enc.Offset, Reason: "the text is not valid UTF-8",
			Hint: "send it as UTF-8, and pass binary data as an argument"}
	case errors.As(err, &lim):
		return &Denial{Rule: RuleLimit, Offset: lim.Offset, Reason: limitReason(lim),
			Hint: "split the statement, or pass a list as one array: = any($1); Policy.Limits has the limits"}
	case errors.As(err, &mark):
		return &Denial{Rule: RuleUnsupported, Offset: mark.Offset,
			Reason: "a $ with a number stands inside a constant, name or comment, where some clients would insert an argument",
			Hint:   "pass the constant as an argument; put names with a $ in double quotes"}
	case errors.As(err, &syn) && syn.Question:
		return &Denial{Rule: RuleSyntax, Offset: syn.Offset, Reason: "the statement does not parse",
			Hint: "if ? stands for an argument write $1, $2 and so on, as sqlx does for the driver name docex"}
	case errors.As(err, &syn) && newerSyntax(sql) != "":
		return &Denial{Rule: RuleSyntax, Offset: syn.Offset, Reason: "the statement does not parse, and " + newerSyntax(sql),
			Hint: "the guard knows the grammar of PostgreSQL 16, so write it as in that version"}
	case errors.As(err, &syn):
		return &Denial{Rule: RuleSyntax, Offset: syn.Offset, Reason: "the statement does not parse",
			Hint: "correct the syntax here; the guard knows the grammar of PostgreSQL 16, and refuses what only newer " +
				"versions have"}
	}
	return &Denial{Rule: RuleSyntax, Reason: "the statement does not parse", Hint: "write it another way"}
}

// limited words what the limits of internal/sqlparse count.
var limited = map[string]string{
	"bytes": "bytes", "tokens": "words and signs", "nesting": "brackets and case expressions inside each other",
	"chain":    "operators, joins, unions and brackets that build on each other",
	"comments": "comments in a row", "operators": "operators without a space between them",
	"operator-run": "operator characters without a space between them",
}

func limitReason(e *text.LimitError) string {
	what := limited[e.Limit]
	if what == "" {
		what = e.Limit
	}
	return fmt.Sprintf("the text has more than %d %s", e.Max, what)
}
