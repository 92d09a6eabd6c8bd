package main

import (
	"strings"

	units "github.com/jedib0t/go-pretty/v6/progress"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

// contentsJSON is how --json prints what a schema holds.
type contentsJSON struct {
	Objects   map[string]int64 `json:"objects"`
	Rows      int64            `json:"rows"`
	RowsExact bool             `json:"rows_exact"`
	Bytes     *int64           `json:"bytes"`

	sorted []provision.ObjectCount
}

func contentsAsJSON(c provision.Contents) contentsJSON {
	data := contentsJSON{Objects: map[string]int64{}, Rows: c.Rows, RowsExact: c.Exact, sorted: c.Objects}
	if c.Bytes >= 0 {
		data.Bytes = &c.Bytes
	}
	for _, o := range c.Objects {
		data.Objects[o.Kind] = o.Count
	}
	return data
}

// String lists it for people.
func (c contentsJSON) String() string {
	var parts []string
	for _, o := range c.sorted {
		parts = append(parts, plural.Count(o.Count, o.Kind))
	}
	how := "estimated"
	if c.RowsExact {
		how = "counted"
	}
	parts = append(parts, plural.Count(c.Rows, "row")+" ("+how+")")
	if c.Bytes != nil {
		parts = append(parts, size(*c.Bytes))
	}
	return strings.Join(parts, ", ")
}

// size is a number of bytes for people.
func size(bytes int64) string { return units.FormatBytes(bytes) }
