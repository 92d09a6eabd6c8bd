package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable returns text, which may be a tenant's data, as a terminal may show it: what would move the cursor, change
// colours or hide is written as an escape, such as \x1b, but for line feeds.
func printable(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, harmful) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i]) // no UTF-8, from a database whose encoding is SQL_ASCII
		case harmful(r):
			b.WriteString(escaped(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// printableLine is printable for what has one line, and must not look like the next one.
func printableLine(text string) string { return strings.ReplaceAll(printable(text), "\n", `\n`) }

func escaped(r rune) string {
	switch {
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// harmful reports whether a terminal might do more with a character than show it: control characters, C1 among them,
// and format characters, which turn the direction of writing.
func harmful(r rune) bool {
	return r != '\n' && r != '\u00a0' && !unicode.IsPrint(r)
}
