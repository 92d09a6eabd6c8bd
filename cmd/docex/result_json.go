package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgtype"
)

// jsonWriter writes each result as an array of objects, a line each. Numbers, truth values and JSON are themselves,
// NULL is null, all else is a string with PostgreSQL's text.
type jsonWriter struct {
	out, tags io.Writer // tags: what statements did

	columns []column // nil without columns
	keys    [][]byte
	rows    int
}

func (w *jsonWriter) begin(columns []column) error {
	w.columns, w.keys = columns, jsonKeys(columns)
	_, err := io.WriteString(w.out, "[")
	return err
}

func (w *jsonWriter) row(values [][]byte) error {
	var b bytes.Buffer
	if w.rows++; w.rows > 1 {
		b.WriteByte(',')
	}
	b.WriteString("\n{")
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(w.keys[i])
		b.WriteByte(':')
		b.Write(jsonValue(w.columns[i], v))
	}
	b.WriteByte('}')
	_, err := w.out.Write(b.Bytes())
	return err
}

func (w *jsonWriter) end(tag string) error {
	if w.columns == nil {
		return writeTag(w.tags, tag)
	}
	closing := "\n]\n"
	if w.rows == 0 {
		closing = "]\n"
	}
	if _, err := io.WriteString(w.out, closing); err != nil {
		return err
	}
	return writeChange(w.tags, tag)
}

// jsonKeys returns the columns' names as JSON. An object holds a name once, so later columns of a name get a number.
func jsonKeys(columns []column) [][]byte {
	keys, taken := make([][]byte, len(columns)), make(map[string]bool)
	for _, c := range columns {
		taken[c.name] = true
	}
	seen := make(map[string]bool)
	for i, c := range columns {
		name := c.name
		for n := 2; seen[name] || name != c.name && taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", c.name, n)
		}
		seen[name] = true
		keys[i] = jsonString(name)
	}
	return keys
}

func jsonValue(c column, value []byte) []byte {
	switch {
	case value == nil:
		return []byte("null")
	case c.oid == pgtype.BoolOID:
		if string(value) == "t" {
			return []byte("true")
		}
		return []byte("false")
	case c.oid == pgtype.JSONOID, c.oid == pgtype.JSONBOID:
		var b bytes.Buffer
		if json.Compact(&b, value) == nil {
			return asciiControls(b.Bytes())
		}
	case c.numeric() && json.Valid(value): // NaN and Infinity are no JSON numbers
		return value
	}
	return jsonString(string(value))
}

func jsonString(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return asciiControls(bytes.TrimSpace(b.Bytes()))
}

// asciiControls writes what a terminal might act on as JSON escapes, which package json does below 0x20 only. Outside
// of strings JSON holds none of it.
func asciiControls(text []byte) []byte {
	if !bytes.ContainsFunc(text, harmful) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case !harmful(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			r -= 0x10000 // surrogates, RFC 8259, 7
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
	}
	return b.Bytes()
}
