package text

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/docex/docex/internal/testkit/hostile"
)

// addSeeds gives a fuzz target the places where lexers come apart, and small texts of the hostile shapes.
func addSeeds(f *testing.F, add func(sql string)) {
	f.Helper()
	for _, sql := range hostile.Borders {
		add(sql)
	}
	for _, s := range hostile.Deep {
		add(s.Build(2))
	}
	for _, family := range hostile.Flat {
		for _, s := range family.Shapes {
			add(s.Build(40))
		}
	}
}

// FuzzScanner holds for every text: tokens come in order and are inside the text, nothing but blanks lies between them,
// and a scanner that is sent to a token finds it.
func FuzzScanner(f *testing.F) {
	addSeeds(f, func(sql string) { f.Add(sql) })
	f.Fuzz(func(t *testing.T, sql string) {
		s := NewScanner(sql)
		end := 0
		for tok := s.Next(); tok.Kind != TokenEOF; tok = s.Next() {
			if tok.Start < end || tok.End <= tok.Start || tok.End > len(sql) {
				t.Fatalf("%q: %+v after %d", sql, tok, end)
			}
			if between := NewScanner(sql[end:tok.Start]).Next(); between.Kind != TokenEOF {
				t.Fatalf("%q: a token is passed over at %d", sql, end+between.Start)
			}
			other := NewScanner(sql)
			other.Seek(tok.Start)
			if got := other.Next(); got != tok {
				t.Fatalf("%q: got %+v at %d, want %+v", sql, got, tok.Start, tok)
			}
			end = tok.End
		}
	})
}

// FuzzReading holds for every text and offset what the functions of this package promise about their answers.
func FuzzReading(f *testing.F) {
	addSeeds(f, func(sql string) { f.Add(sql, "x", len(sql)/2) })
	f.Fuzz(func(t *testing.T, sql, value string, offset int) {
		offset = max(0, min(offset, len(sql)))
		checkChecks(t, sql)
		checkHidden(t, sql)
		checkShape(t, sql, value)
		checkWithoutComments(t, sql)
		for _, c := range []string{"/*" + value + "*/", "--" + value + "\n"} {
			checkWithoutComments(t, sql[:offset]+c+sql[offset:]+c)
		}
		checkNames(t, sql)
		if begin, end := StatementAround(sql, offset); begin < 0 || begin > end || end > len(sql) || end < offset {
			t.Errorf("%q: %d is said to be in [%d, %d)", sql, offset, begin, end)
		}
		got, exact := BodyOffset(sql, offset, value)
		if got < offset || got > len(sql) || exact && !strings.HasPrefix(sql[got:], value) {
			t.Errorf("%q: %q is said to stand at %d (%v)", sql, value, got, exact)
		}
		if got := FirstToken(sql, offset); got < offset || got > len(sql) {
			t.Errorf("%q: the first token behind %d is said to stand at %d", sql, offset, got)
		}
	})
}

// checkChecks: errors are of the types that are promised and point into the text, and what passes limits passes higher
// ones.
func checkChecks(t *testing.T, sql string) {
	t.Helper()
	low := Limits{MaxBytes: 200, MaxTokens: 60, MaxDepth: 6, MaxChain: 60}
	var limit *LimitError
	if err := CheckLimits(sql, low); err == nil {
		if err := CheckLimits(sql, Limits{}); err != nil {
			t.Errorf("%q passes %+v and not the defaults: %v", sql, low, err)
		}
	} else if !errors.As(err, &limit) || limit.Offset < 0 || limit.Offset > len(sql) {
		t.Errorf("%q: %v", sql, err)
	}
	var encoding *EncodingError
	valid := utf8.ValidString(sql) && !strings.Contains(sql, "\x00")
	if err := CheckEncoding(sql); (err == nil) != valid || err != nil && !errors.As(err, &encoding) {
		t.Errorf("%q: %v", sql, err)
	} else if err != nil && (encoding.Offset < 0 || encoding.Offset >= len(sql)) {
		t.Errorf("%q: %+v", sql, encoding)
	}
	var mark *PlaceholderError
	if err := CheckPlaceholders(sql); err != nil && !errors.As(err, &mark) {
		t.Errorf("%q: %v", sql, err)
	} else if err != nil && (mark.Offset < 0 || mark.Offset >= len(sql)) {
		t.Errorf("%q: %+v", sql, mark)
	}
}

// checkHidden: what is hidden in a text that parses is hidden in one that does not, too.
func checkHidden(t *testing.T, sql string) {
	t.Helper()
	masked(t, sql, true)
	masked(t, sql, false)
	hidden := make([]bool, len(sql))
	for h := range HiddenIn(sql, false) {
		for i := h.Start; i < h.End; i++ {
			hidden[i] = true
		}
	}
	for h := range HiddenIn(sql, true) {
		for i := h.Start; i < h.End; i++ {
			if !hidden[i] {
				t.Fatalf("%q: byte %d shows when the text does not parse", sql, i)
			}
		}
	}
}

// checkShape: other plain constants in a text leave its shape as it is.
func checkShape(t *testing.T, sql, value string) {
	t.Helper()
	shape, ok := Shape(sql)
	if !ok || !plain("'"+value+"'") || strings.ContainsAny(value, "\x00\x01\x02") || !utf8.ValidString(value) {
		return
	}
	var b strings.Builder
	end := 0
	for c := range Constants(sql) {
		b.WriteString(sql[end:c.Start])
		if sql[c.Start] == '\'' {
			b.WriteString("'" + value + "'")
		} else {
			b.WriteString("7")
		}
		end = c.End
	}
	b.WriteString(sql[end:])
	if got, ok := Shape(b.String()); !ok || got != shape {
		t.Errorf("%q and %q have the shapes %q and %q", sql, b.String(), shape, got)
	}
}

// checkNames: names are no longer than the server keeps them, and stand where they are said to.
func checkNames(t *testing.T, sql string) {
	t.Helper()
	parts, _ := SplitName(sql)
	for _, p := range parts {
		if p == "" || len(p) > 63 {
			t.Errorf("%q has the part %q", sql, p)
		}
	}
	if at, found := UnsafeHint(sql); found && !strings.HasPrefix(sql[at:], "/*+") {
		t.Errorf("%q: there is no hint at %d", sql, at)
	}
	words, err := WordsOf(sql)
	if err != nil {
		return
	}
	for _, n := range append(words.Calls, words.Pairs...) {
		if n.Offset < 0 || n.Offset >= len(sql) || n.Parts < 1 {
			t.Errorf("%q: %+v", sql, n)
		}
	}
	for _, w := range words.Starts {
		if got := Fold(sql[w.Offset:]); !strings.HasPrefix(got, w.Text) {
			t.Errorf("%q: %q is said to stand at %d", sql, w.Text, w.Offset)
		}
	}
}
