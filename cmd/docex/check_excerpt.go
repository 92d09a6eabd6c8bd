package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/jedib0t/go-pretty/v6/text"
)

// excerpt is a line of a file around a place. Nothing in it is masked: the file is the reader's own.
type excerpt struct {
	code  string
	caret int // columns in front of the place
}

// How many characters of a line an excerpt shows in front of a place, and from it on.
const (
	charsBefore = 60
	charsAfter  = 80
)

// excerptAt takes no more of the file than it shows, however long the line is.
func excerptAt(file string, offset int) excerpt {
	const most = 8 * charsAfter // bytes that are looked at on each side: more than are shown
	before, after := file[max(0, offset-most):offset], file[offset:min(len(file), offset+most)]
	before = before[strings.LastIndexByte(before, '\n')+1:]
	if i := strings.IndexAny(after, "\r\n"); i >= 0 {
		after = after[:i]
	}
	before = strings.TrimLeft(strings.TrimPrefix(before, "\uFEFF"), " \t")
	before, cutLeft := lastChars(before, charsBefore)
	after, cutRight := firstChars(after, charsAfter)
	left := cutLeft + oneLine(before)
	return excerpt{strings.TrimRight(left+oneLine(after)+cutRight, " "), text.StringWidthWithoutEscSequences(left)}
}

func (e excerpt) print(w io.Writer) {
	if e.code != "" {
		fmt.Fprintf(w, "    %s\n    %s%s\n", e.code, strings.Repeat(" ", e.caret), color.GreenString("^"))
	}
}

// lastChars and firstChars cut a text, and return what to print in the place of the rest.
func lastChars(s string, n int) (part, cut string) {
	at := len(s)
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	if at == 0 {
		return s, ""
	}
	return s[at:], "…"
}

func firstChars(s string, n int) (part, cut string) {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	if at == len(s) {
		return s, ""
	}
	return s[:at], "…"
}

// oneLine is printable for a piece of a line, with blanks for tabs.
func oneLine(s string) string { return printable(strings.ReplaceAll(s, "\t", " ")) }
