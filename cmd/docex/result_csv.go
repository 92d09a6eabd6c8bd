package main

import (
	"encoding/csv"
	"io"
)

// csvWriter writes a header and rows as RFC 4180 has them, with line feeds. NULL and the empty string are both empty.
// Values are exact, unless they go to a terminal. Nothing keeps a spreadsheet from taking a value that begins with =
// for a formula: what would is no longer the value.
type csvWriter struct {
	out      *csv.Writer
	plain    io.Writer // what out writes to
	tags     io.Writer // what statements without columns did
	terminal bool

	record []string // nil without columns
}

func newCSVWriter(out, tags io.Writer) *csvWriter {
	return &csvWriter{out: csv.NewWriter(out), plain: out, tags: tags, terminal: isTerminal(out)}
}

func (w *csvWriter) begin(columns []column) error {
	w.record = make([]string, len(columns))
	for i, c := range columns {
		w.record[i] = w.field(c.name)
	}
	return w.out.Write(w.record)
}

func (w *csvWriter) row(values [][]byte) error {
	for i, v := range values {
		w.record[i] = w.field(string(v))
	}
	if len(w.record) == 1 && w.record[0] == "" {
		return w.blank()
	}
	return w.out.Write(w.record)
}

// blank writes a record of one empty field. Without quotes it is an empty line, which readers of CSV skip.
func (w *csvWriter) blank() error {
	if w.out.Flush(); w.out.Error() != nil {
		return w.out.Error()
	}
	_, err := io.WriteString(w.plain, `""`+"\n")
	return err
}

func (w *csvWriter) end(tag string) error {
	if w.record == nil {
		return writeTag(w.tags, tag)
	}
	if w.out.Flush(); w.out.Error() != nil {
		return w.out.Error()
	}
	return writeChange(w.tags, tag)
}

func (w *csvWriter) field(value string) string {
	if w.terminal {
		return printable(value)
	}
	return value
}
