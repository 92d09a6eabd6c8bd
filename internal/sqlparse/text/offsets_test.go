package text

import (
	"strings"
	"testing"
)

func TestStatementAround(t *testing.T) {
	const sql = "SELECT 1; SELECT (a) x y z; SELECT 3"
	begin, end := StatementAround(sql, strings.Index(sql, "y"))
	if got := sql[begin:end]; got != " SELECT (a) x y z;" {
		t.Errorf("got %q", got)
	}
	if begin, end := StatementAround("a;\n\\i x\nb", 3); begin != 2 || end != 7 {
		t.Errorf("a command of psql's: %d, %d", begin, end)
	}
	if begin, end := StatementAround("a; (b; c", 6); begin != 2 || end != 8 {
		t.Errorf("a bracket that nobody closed: %d, %d", begin, end)
	}
}

func TestFirstWords(t *testing.T) {
	const sql = "; ;\n/* a */ -- b\nSELECT 1"
	if got := FirstToken(sql, 0); got != strings.Index(sql, "SELECT") {
		t.Errorf("the first token is at %d", got)
	}
	if got := SkipBlanks(sql, 0); got != strings.Index(sql, "/*") {
		t.Errorf("what is not blank begins at %d", got)
	}
	for _, outside := range []int{-1, len(sql) + 1} {
		FirstToken(sql, outside)
		if got := SkipBlanks(sql, outside); got != 0 {
			t.Errorf("%d: got %d", outside, got)
		}
	}
}

func TestByteOffset(t *testing.T) {
	const sql = "é'é' x"
	for chars, want := range map[int]int{-1: 0, 0: 0, 1: 2, 3: 5, 5: 7, 6: 8, 100: 8} {
		if got := ByteOffset(sql, chars); got != want {
			t.Errorf("character %d: got %d, want %d", chars, got, want)
		}
	}
}

// TestBodyOffset: where a function's code stands in the text, in each way to write it.
func TestBodyOffset(t *testing.T) {
	for sql, want := range map[string]int{
		"AS 'SELECT 1'": 4, "AS $$SELECT 1$$": 5, "AS 1 $a$SELECT 1$a$": 8, "AS /* 'SELECT 1' */ 'SELECT 1'": 21,
	} {
		if got, exact := BodyOffset(sql, 0, "SELECT 1"); got != want || !exact {
			t.Errorf("%s: got %d, %v", sql, got, exact)
		}
	}
	for sql, want := range map[string]int{"AS 'it''s'": 3, `AS E'it\x27s'`: 3, "AS x; 'it''s'": 0, "AS": 0} {
		if got, exact := BodyOffset(sql, 0, "it's"); got != want || exact {
			t.Errorf("%s: got %d, %v", sql, got, exact)
		}
	}
}
