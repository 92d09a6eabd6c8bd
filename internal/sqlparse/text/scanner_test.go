package text

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestScannerReadsOn: a file may hold more comments in a row than a statement, since the parser never sees them
// together.
func TestScannerReadsOn(t *testing.T) {
	text := strings.Repeat("--\n/* ; */", maxComments) + "a;" + strings.Repeat("--\n", 3*maxComments) + "'b;'"
	s := NewScanner(text)
	var got []TokenKind
	for tok := s.Next(); tok.Kind != TokenEOF; tok = s.Next() {
		got = append(got, tok.Kind)
	}
	if want := []TokenKind{TokenWord, TokenSemi, TokenLiteral}; !slices.Equal(got, want) || s.Fault() != nil {
		t.Errorf("got %v, want %v; %v", got, want, s.Fault())
	}
}

// TestScannerStops: where the lexers would take quadratic time, the scanner ends with an error.
func TestScannerStops(t *testing.T) {
	s := NewScanner("a " + strings.Repeat("/**/", maxRunStarts+1) + "b")
	if first, second := s.Next(), s.Next(); first.Kind != TokenWord || second.Kind != TokenEOF {
		t.Errorf("got %v, %v", first, second)
	}
	var limit *LimitError
	if !errors.As(s.Fault(), &limit) || limit.Limit != "operators" {
		t.Errorf("got %v", s.Fault())
	}
}

func TestScannerSeeks(t *testing.T) {
	const text = `a \x 'it is "no SQL` + "\n;\"b\""
	s := NewScanner(text)
	if word, other := s.Next(), s.Next(); word.Kind != TokenWord || other.Kind != TokenOther {
		t.Errorf("got %v, %v", word, other)
	}
	s.Seek(strings.Index(text, "\n"))
	if semi, name := s.Next(), s.Next(); semi.Kind != TokenSemi || name != (Token{TokenQuoted, len(text) - 3, len(text)}) {
		t.Errorf("got %v, %v", semi, name)
	}
}
