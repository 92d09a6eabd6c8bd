package provision

import (
	"fmt"
	"strings"

	"github.com/docex/docex/internal/plural"
)

// DDLError says what is wrong with the SQL of [Config.DDL] and [Config.Seed], before anything is sent to a server.
// errors.Is matches it with [ErrDDL] and with [ErrInvalidConfig].
type DDLError struct {
	Problems []DDLProblem // at least one, in the order of the files and of the places in them
}

// DDLProblem is one thing that is wrong, or that [Provisioner.DDLWarnings] warns of.
type DDLProblem struct {
	File   string // name of the file; "seed/" stands in front of those of Config.Seed
	Line   int    // from 1
	Column int    // from 1, in characters
	Rule   string // a stable name in kebab-case: a rule of guard's, or one that only a DDL can break (docs/ddl.md)
	Object string // what it is about, as the text names it; may be empty
	Reason string // why, in one clause
	Remedy string // what to do instead; may be empty
}

// String returns "file:line:column: rule: object: reason; remedy" in one line.
func (p DDLProblem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s: ", p.File, p.Line, p.Column, p.Rule)
	if p.Object != "" {
		b.WriteString(p.Object + ": ")
	}
	b.WriteString(p.Reason)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// shownProblems is how many problems the text of a DDLError spells out.
const shownProblems = 20

// Error returns one line for one problem, and a line for each of the first twenty otherwise.
func (e *DDLError) Error() string {
	if len(e.Problems) == 1 {
		return "docex: the DDL is refused: " + e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "docex: the DDL is refused, %s:", plural.Count(len(e.Problems), "problem"))
	for i, p := range e.Problems {
		if i == shownProblems {
			fmt.Fprintf(&b, "\n\tand %d more", len(e.Problems)-i)
			break
		}
		b.WriteString("\n\t" + p.String())
	}
	return b.String()
}

// Is makes errors.Is hold for ErrDDL and ErrInvalidConfig.
func (e *DDLError) Is(target error) bool { return target == ErrDDL || target == ErrInvalidConfig }
