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
	Rule      Rule   // which rule refuses it
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

// Error returns "docex: guard: rule: object at line 1 column 2: reason; hint" in one line of bounded length, for logs.
// [Denial.Explain] says the same to people.
func (d *Denial) Error() string {
	s := d.head() + ": " + d.Reason
	if d.Hint != "" {
		s += "; " + d.Hint
	}
	return s
}

// head says which rule refused what and where, as far as that is known.
func (d *Denial) head() string {
	s := "docex: guard: " + d.Rule.String()
	sep := ": "
	if d.Object != "" {
		s, sep = s+sep+d.Object, " "
	}
	if d.Line > 0 {
		s += sep + "at line " + strconv.Itoa(d.Line) + " column " + strconv.Itoa(d.Column)
	}
	return s
}

// Is makes errors.Is(err, [ErrDenied]) hold.
func (d *Denial) Is(target error) bool { return target == ErrDenied }

// locate finishes a denial: it finds line and column of the offset and makes the object printable.
func (d *Denial) locate(sql string) {
	d.Offset = max(0, min(d.Offset, len(sql)))
	d.Line, d.Column = position(sql, d.Offset)
	d.Object = printable(d.Object)
}

// position turns an offset into a line and a column. A line ends at a line feed, with or without a carriage return
// before it; a tab is one character, as is a byte that is not UTF-8.
func position(sql string, offset int) (line, column int) {
	before := sql[:offset]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[lineStart:])
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
