package sqlparse

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/corpus"
)

// FuzzParse holds for every text: no panic, facts or one of the errors that Parse promises, offsets inside the text,
// and the same names in every text of its shape.
func FuzzParse(f *testing.F) {
	for _, v := range corpus.Load(f, corpusFile) {
		f.Add(v.SQL, "x")
	}
	f.Fuzz(func(t *testing.T, sql, value string) {
		facts, err := Parse(sql, text.Limits{})
		if err != nil {
			checkParseError(t, sql, facts, err)
			return
		}
		for i := range facts.Statements {
			checkOffsets(t, sql, &facts.Statements[i])
		}
		checkShape(t, sql, value)
	})
}

func checkParseError(t *testing.T, sql string, facts *Facts, err error) {
	t.Helper()
	var enc *text.EncodingError
	var lim *text.LimitError
	var syn *SyntaxError
	var mark *text.PlaceholderError
	known := errors.As(err, &enc) || errors.As(err, &lim) || errors.As(err, &syn) || errors.As(err, &mark)
	if facts != nil || !known {
		t.Errorf("%q: %v, %T", sql, facts, err)
	}
}

func checkOffsets(t *testing.T, sql string, st *Statement) {
	t.Helper()
	offsets := []int{st.Offset}
	for _, r := range st.Relations {
		offsets = append(offsets, r.Offset)
	}
	for _, f := range st.Functions {
		offsets = append(offsets, f.Offset)
	}
	for _, x := range st.Types {
		offsets = append(offsets, x.Offset)
		if x.Of < 0 || x.Of > len(st.Functions) {
			t.Errorf("%q: type %v belongs to call %d of %d", sql, x.Name, x.Of, len(st.Functions))
		}
	}
	for _, f := range st.Fields {
		offsets = append(offsets, f.Offset)
	}
	for _, at := range offsets {
		if at < 0 || at > len(sql) {
			t.Errorf("%q: offset %d", sql, at)
		}
	}
}

// checkShape: a text that differs from one whose shape holds in plain constants only parses like it.
func checkShape(t *testing.T, sql, value string) {
	t.Helper()
	shape, ok := text.Shape(sql)
	if !ok || !ShapeHolds(sql) {
		return
	}
	other := refilled(sql, func() string { return value })
	if got, ok := text.Shape(other); !ok || got != shape {
		return // value is none that a plain constant can have
	}
	a, err := Parse(sql, text.Limits{MaxBytes: 2 * text.DefaultMaxBytes})
	b, errOther := Parse(other, text.Limits{MaxBytes: 2 * text.DefaultMaxBytes})
	if err != nil || errOther != nil {
		t.Errorf("%q: %v; of the same shape, %q: %v", sql, err, other, errOther)
		return
	}
	if len(a.Statements) != len(b.Statements) {
		t.Errorf("%q and %q have the same shape, and %d and %d statements", sql, other, len(a.Statements), len(b.Statements))
		return
	}
	for i := range a.Statements {
		if x, y := outline(&a.Statements[i]), outline(&b.Statements[i]); x != y {
			t.Errorf("%q and %q have the same shape, but\n%s\n%s", sql, other, x, y)
		}
	}
}

// outline lists the names in a statement.
func outline(st *Statement) string {
	var b strings.Builder
	b.WriteByte(byte('a' + st.Kind))
	for _, r := range st.Relations {
		b.WriteString(" relation " + r.String())
	}
	for _, f := range st.Functions {
		b.WriteString(" function " + f.String())
	}
	for _, x := range st.Types {
		b.WriteString(" type " + x.String())
	}
	for _, o := range st.Objects {
		b.WriteString(" object " + o.String())
	}
	for _, f := range st.Fields {
		b.WriteString(" field " + f.Name)
	}
	for _, s := range st.Settings {
		b.WriteString(" setting " + s.Name)
	}
	return b.String()
}
