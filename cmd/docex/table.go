package main

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// newTable returns a table with the look of this program: columns apart by two spaces, no lines.
func newTable(header ...any) table.Writer {
	t := table.NewWriter()
	t.AppendHeader(header)
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatUpper
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	return t
}

// printTable is the table's own Render for an output that can fail: a full disk is no success.
func printTable(w io.Writer, t table.Writer) error {
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}

// row is a row of a table, as a terminal may show it.
func row(values ...any) table.Row {
	for i, v := range values {
		if s, ok := v.(string); ok {
			values[i] = printableLine(s)
		}
	}
	return values
}
