package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain, größe, 漢字":     "plain, größe, 漢字",
		"two\nlines":           "two\nlines",
		"\x1b]0;title\a":       `\x1b]0;title\x07`,
		"a\tb\rc\bd\x7f":       `a\tb\rc\x08d\x7f`,
		"\u009b31m":            `\u009b31m`,
		"\u202eright to left":  `\u202eright to left`,
		"\u200bnothing to see": `\u200bnothing to see`,
		"\U000e0041":           `\U000e0041`,
		"not UTF-8: \x9b":      `not UTF-8: \x9b`,
		"replaced: \ufffd":     "replaced: \ufffd",
		"no\u00a0break":        "no\u00a0break",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestJSONValue(t *testing.T) {
	for _, c := range []struct {
		oid  uint32
		text string
		want string
	}{
		{pgtype.Int8OID, "-9223372036854775808", "-9223372036854775808"},
		{pgtype.Float8OID, "1e+20", "1e+20"},
		{pgtype.Float8OID, "-Infinity", `"-Infinity"`},
		{pgtype.NumericOID, "NaN", `"NaN"`},
		{pgtype.JSONOID, "{\"a\" :\n\"\u009b\\u001b\"}", `{"a":"\u009b\u001b"}`},
		{pgtype.TextOID, "12", `"12"`},
		{pgtype.TextOID, "<\x1b\U000e0041>", `"<\u001b\udb40\udc41>"`},
	} {
		if diff := cmp.Diff(c.want, string(jsonValue(column{"x", c.oid}, []byte(c.text)))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestJSONKeys(t *testing.T) {
	var got []string
	for _, k := range jsonKeys([]column{{name: "a"}, {name: "a"}, {name: "a_2"}, {name: "a"}}) {
		got = append(got, string(k))
	}
	if diff := cmp.Diff([]string{`"a"`, `"a_3"`, `"a_2"`, `"a_4"`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestByteOffset(t *testing.T) {
	for _, c := range []struct {
		statement string
		position  int
		behind    string // what the place has in front of it
		ok        bool
	}{
		{"SELECT x", 8, "SELECT ", true},
		{"SELECT '漢字', x", 14, "SELECT '漢字', ", true},
		{"SELECT (", 9, "SELECT (", true},
		{"", 1, "", true},
		{"SELECT x", 0, "", false},
		{"SELECT x", -1, "", false},
		{"SELECT x", 99, "", false},
	} {
		offset, ok := byteOffset(c.statement, c.position)
		if ok != c.ok || ok && c.statement[:offset] != c.behind {
			t.Errorf("%q at %d: got %d, %v", c.statement, c.position, offset, ok)
		}
	}
}

// A reader of CSV takes an empty line for no record.
func TestCSVOfOneEmptyColumn(t *testing.T) {
	var out bytes.Buffer
	w := newCSVWriter(&out, io.Discard)
	if err := w.begin([]column{{name: "a"}}); err != nil {
		t.Fatal(err)
	}
	for _, value := range [][]byte{[]byte("x"), nil, {}, []byte(`\.`)} {
		if err := w.row([][]byte{value}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end("SELECT 4"); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	if diff := cmp.Diff([][]string{{"a"}, {"x"}, {""}, {""}, {`\.`}}, got); diff != "" || err != nil {
		t.Errorf("(-want +got), %v:\n%s", err, diff)
	}
}
