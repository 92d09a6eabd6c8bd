package migrations

import (
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/internal/sqlparse/text"
)

// lineReader reads one file of a tool that divides files by lines.
type lineReader interface {
	// line takes a line without its end, and returns what stands in its place, and whether that leads up.
	line(s string) (out string, up bool, c *complaint)
	// end is called behind the last line.
	end() *complaint
}

// complaint is a problem in a line, or at the end of a file.
type complaint struct {
	offset                 int // in the line, in bytes
	object, reason, remedy string
}

// eachLine leaves in each file the lines that lead up, and empty ones in the place of the others in front of them. At
// the first problem of a file it goes on with the next.
func (f *folder) eachLine(newReader func() lineReader) {
	for i := range f.files {
		f.files[i].Text = f.upPart(f.files[i], newReader())
	}
}

func (f *folder) upPart(file File, r lineReader) string {
	var b strings.Builder
	end, n := 0, 0
	for line := range strings.Lines(file.Text) {
		n++
		s := strings.TrimRight(line, "\r\n")
		out, up, c := r.line(s)
		if c != nil {
			f.complain(file.Name, n, 1+utf8.RuneCountInString(s[:c.offset]), c)
			return ""
		}
		if !up {
			b.WriteByte('\n')
			continue
		}
		b.WriteString(out + line[len(s):])
		end = b.Len()
	}
	if c := r.end(); c != nil {
		f.complain(file.Name, 1, 1, c)
	}
	return b.String()[:end]
}

func (f *folder) complain(name string, line, column int, c *complaint) {
	f.problems = append(f.problems, Problem{name, line, column, c.object, c.reason, c.remedy})
}

// part is where in a file a reader is.
type part uint8

const (
	before part = iota
	up
	down
)

// idle reports whether a line holds no SQL, as far as its first characters tell.
func idle(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.HasPrefix(s, "--")
}

// block is a text that the tool sends by itself, with or without a semicolon at its end: what stands between
// -- +goose StatementBegin and -- +goose StatementEnd, for example.
type block struct {
	open bool
	text strings.Builder
}

func (b *block) add(s string) {
	if b.open {
		b.text.WriteString(s + "\n")
	}
}

// empty reports whether no statement is in the block.
func (b *block) empty() bool { return text.NewScanner(b.text.String()).Next().Kind == text.TokenEOF }

// close returns the line that ends the block, with a semicolon in front where the block has none.
func (b *block) close(line string) string {
	tokens, _ := text.Tokens(b.text.String())
	*b = block{}
	if n := len(tokens); n > 0 && tokens[n-1].Kind != text.TokenSemi {
		return ";" + line
	}
	return line
}
