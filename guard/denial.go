package guard

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrDenied is matched by every *[Denial].
var ErrDenied = errors.New("docex: guard: denied")

// Denial says why a statement was refused. It holds names that the statement itself writes, and never values: no
// constants, no arguments, no larger piece of the text.
type Denial struct {
	Rule      Rule
	Object    string // what the rule is about, as the statement names it; may be empty
	Statement int    // which statement of the text, from 1; 0 when the text as a whole is refused
	Offset    int    // in bytes, into the text
	Line      int    // from 1
	Column    int    // from 1, in characters
	Reason    string // why, in one clause
	Hint      string // what to do instead
}

// maxObject bounds how much of a name an error repeats, in bytes: two full identifiers.
const maxObject = 2*maxIdentifier + 1

// Error returns "docex: guard: rule: object at line 1 column 2: reason; hint" in one line of bounded length.
func (d *Denial) Error() string {
	var b strings.Builder
	b.WriteString("docex: guard: " + d.Rule.String() + ": ")
	if d.Object != "" {
		b.WriteString(d.Object + " ")
	}
	if d.Line > 0 {
		b.WriteString("at line " + strconv.Itoa(d.Line) + " column " + strconv.Itoa(d.Column) + ": ")
	}
	b.WriteString(d.Reason)
	if d.Hint != "" {
		b.WriteString("; " + d.Hint)
	}
	return b.String()
}

// Is makes errors.Is(err, [ErrDenied]) hold.
func (d *Denial) Is(target error) bool { return target == ErrDenied }

// locate finishes a denial: it finds line and column of the offset and makes the object printable.
func (d *Denial) locate(sql string) {
	d.Offset = max(0, min(d.Offset, len(sql)))
	before := sql[:d.Offset]
	d.Line = 1 + strings.Count(before, "\n")
	d.Column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	d.Object = printable(d.Object)
}

// printable bounds a name and replaces what could break or forge a line of a log.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, name)
	if len(name) <= maxObject {
		return name
	}
	cut := maxObject
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}
