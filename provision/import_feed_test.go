package provision

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

// What looks like the end of the rows in the middle of a long line is part of the line.
func TestCopiedRowsOfLongLines(t *testing.T) {
	t.Parallel()
	const size = 1 << 16 // of the buffer
	rows := "short\n" + strings.Repeat("a", size-1) + `\\.` + "\n" + strings.Repeat("b", 3*size) + "\n"
	for shift := range 4 {
		text := strings.Repeat("x", shift) + rows
		f := &feeder{in: bufio.NewReaderSize(strings.NewReader(text+rowsEnd+"\nSELECT 1;\n"), size)}
		f.in.ReadString('\n')
		got, err := io.ReadAll(&copiedRows{f: f, lineStart: true})
		if want := text[strings.IndexByte(text, '\n')+1:]; err != nil || string(got) != want {
			t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
		}
		if f.rows != 2 {
			t.Errorf("%d rows, want 2", f.rows)
		}
	}
}
