package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/docex/docex/internal/plural"
)

// A table is written in parts, so that a long result needs no more memory than one; each part has columns of its own
// width.
const (
	partRows  = 1000
	partBytes = 1 << 20
)

// tableWriter writes results for people, as psql does: header, rows, and how many they are.
type tableWriter struct {
	out      io.Writer
	expanded bool // a line for each column

	columns []column
	rows    [][]string
	bytes   int // of rows
	written int // rows of earlier parts
}

func (w *tableWriter) begin(columns []column) error {
	w.columns = columns
	return nil
}

func (w *tableWriter) row(values [][]byte) error {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = cell(v)
		w.bytes += len(row[i])
	}
	w.rows = append(w.rows, row)
	if len(w.rows) < partRows && w.bytes < partBytes {
		return nil
	}
	return w.flush()
}

// cell is a value as a table shows it. A ↵ stands where a line of the value ends.
func cell(value []byte) string {
	if value == nil {
		return color.New(color.Faint).Sprint("<null>")
	}
	return strings.ReplaceAll(printable(string(value)), "\n", "↵\n")
}

func (w *tableWriter) end(tag string) error {
	if w.columns == nil {
		return writeTag(w.out, tag)
	}
	if len(w.rows) > 0 || w.written == 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w.out, "(%s)\n", plural.Count(w.written, "row")); err != nil {
		return err
	}
	return writeChange(w.out, tag)
}

// flush writes the rows that are held.
func (w *tableWriter) flush() error {
	var part string
	if w.expanded {
		part = w.records()
	} else {
		part = w.aligned()
	}
	w.written += len(w.rows)
	w.rows, w.bytes = w.rows[:0], 0
	_, err := io.WriteString(w.out, part)
	return err
}

func (w *tableWriter) aligned() string {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.Options{SeparateColumns: true, SeparateHeader: true}
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	header, configs := make(table.Row, len(w.columns)), make([]table.ColumnConfig, len(w.columns))
	for i, c := range w.columns {
		header[i] = cell([]byte(c.name))
		configs[i].Number = i + 1
		if c.numeric() {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for _, row := range w.rows {
		cells := make(table.Row, len(row))
		for i, v := range row {
			cells[i] = v
		}
		t.AppendRow(cells)
	}
	return t.Render() + "\n"
}

// records writes each column on a line of its own.
func (w *tableWriter) records() string {
	width := 0
	for _, c := range w.columns {
		width = max(width, text.StringWidthWithoutEscSequences(cell([]byte(c.name))))
	}
	var b strings.Builder
	for i, row := range w.rows {
		fmt.Fprintf(&b, "-[ record %d ]-\n", w.written+i+1)
		for j, v := range row {
			name := text.Pad(cell([]byte(w.columns[j].name)), width, ' ')
			b.WriteString(name + " | " + strings.ReplaceAll(v, "\n", "\n"+strings.Repeat(" ", width)+" | ") + "\n")
		}
	}
	return b.String()
}
