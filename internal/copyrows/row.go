package copyrows

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rowReader turns the lines of one COPY into the rows of VALUES, by the rules of PostgreSQL's manual (COPY, "Text
// Format").
type rowReader struct {
	columns int  // of every row; 0 before the first where COPY lists none
	crlf    bool // lines end in a carriage return, too
}

// row writes one line, or says why it cannot.
func (r *rowReader) row(b *strings.Builder, line string) (reason, remedy string) {
	const ends = "end all lines alike, and write \\r and \\n for those that are data"
	body, cr := strings.CutSuffix(line, "\r")
	switch {
	case cr != r.crlf:
		return "this line ends otherwise than the first one", ends
	case strings.Contains(body, "\r"):
		return "a carriage return stands in the data", ends
	}
	raw := split(body)
	if r.columns == 0 {
		r.columns = len(raw)
	}
	if len(raw) != r.columns {
		return fmt.Sprintf("the row has %s, and should have %d", fields(len(raw)), r.columns),
			"tabs part fields; a tab that is data is \\t"
	}
	b.WriteByte('(')
	for i, field := range raw {
		if i > 0 {
			b.WriteString(", ")
		}
		if field == `\N` {
			b.WriteString("NULL")
			continue
		}
		value, reason := unescape(field)
		if reason != "" {
			return reason, "correct the row, or write it as INSERT"
		}
		constant(b, value)
	}
	b.WriteByte(')')
	return "", ""
}

// split parts a line at its tabs, where a backslash makes the next character data.
func split(line string) (raw []string) {
	start := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '\t':
			raw, start = append(raw, line[start:i]), i+1
		}
	}
	return append(raw, line[start:])
}

// letters are the escapes that stand for one control character.
var letters = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// unescape returns the value of a field that is not null.
func unescape(field string) (value, reason string) {
	if !strings.Contains(field, `\`) {
		return valid(field)
	}
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] != '\\' {
			b.WriteByte(field[i])
			continue
		}
		if i++; i == len(field) {
			return "", "the line ends in a backslash, which would take the next line along; a line's end that is data is \\n"
		}
		letter, isLetter := letters[field[i]]
		octal, hex := digits(field[i:], 3, "01234567"), digits(field[i+1:], 2, "0123456789abcdefABCDEF")
		switch {
		case isLetter:
			b.WriteByte(letter)
		case field[i] == '.':
			return "", "the end of the rows, \\., stands inside one"
		case octal != "":
			b.WriteByte(numbered(octal, 8))
			i += len(octal) - 1
		case field[i] == 'x' && hex != "":
			b.WriteByte(numbered(hex, 16))
			i += len(hex)
		default:
			b.WriteByte(field[i])
		}
	}
	return valid(b.String())
}

// digits returns up to most digits that s begins with.
func digits(s string, most int, of string) string {
	n := 0
	for n < min(most, len(s)) && strings.IndexByte(of, s[n]) >= 0 {
		n++
	}
	return s[:n]
}

// numbered returns the byte of a number, of which the server takes the lowest 8 bits.
func numbered(digits string, base int) byte {
	n, _ := strconv.ParseUint(digits, base, 16) // they are digits, and few
	return byte(n)
}

func valid(value string) (_, reason string) {
	switch {
	case !utf8.ValidString(value):
		return "", "the value is not UTF-8"
	case strings.Contains(value, "\x00"):
		return "", "the value holds a NUL byte, which no text of PostgreSQL can"
	}
	return value, ""
}

var (
	quotes  = strings.NewReplacer(`'`, `''`)
	escapes = strings.NewReplacer(`'`, `''`, `\`, `\\`, "\n", `\n`, "\r", `\r`)
)

// constant writes a value as a string constant in one line. Its type is that of the column, as in COPY.
func constant(b *strings.Builder, value string) {
	if strings.ContainsAny(value, "\\\n\r") {
		b.WriteString(`E'` + escapes.Replace(value) + `'`)
		return
	}
	b.WriteString(`'` + quotes.Replace(value) + `'`)
}
