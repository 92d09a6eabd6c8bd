package sqlfile

import (
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/guard"
)

// encoding refuses a file as a whole that is no text in UTF-8: no statement of it means what it says.
func (c *Checker) encoding(text string) *guard.Denial {
	at := strings.IndexByte(text, 0)
	if at < 0 && utf8.ValidString(text) {
		return nil
	}
	d := &guard.Denial{Rule: guard.RuleEncoding, Reason: "the file holds a NUL byte, so it is no SQL",
		Hint: "name files of SQL in UTF-8"}
	for i, r := range text {
		if at >= 0 && i >= at {
			break
		}
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			at, d.Reason = i, "the file is not UTF-8"
			break
		}
	}
	d.Offset = at
	return d
}

// locate finds lines and columns of findings that are in the order of offsets, in one pass. A byte order mark is no
// column.
func locate(text string, found []Finding) {
	line, column, at := 1, 1, 0
	if strings.HasPrefix(text, byteOrderMark) {
		at = len(byteOrderMark)
	}
	for i := range found {
		f := &found[i]
		f.Offset = max(at, min(f.Offset, len(text)))
		between := text[at:f.Offset]
		if n := strings.LastIndexByte(between, '\n'); n >= 0 {
			line += strings.Count(between, "\n")
			column, between = 1, between[n+1:]
		}
		column += utf8.RuneCountInString(between)
		f.Line, f.Column, at = line, column, f.Offset
	}
}
