package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/docex/docex/provision"
)

// listedJSON is how --json prints a tenant in a list.
type listedJSON struct {
	tenantJSON
	ChangedAt   *time.Time `json:"changed_at,omitempty"`
	LastAction  string     `json:"last_action,omitempty"`
	Node        string     `json:"node,omitempty"`        // on Citus
	Bytes       *int64     `json:"bytes,omitempty"`       // with --sizes; none where a node does not say it
	Differences *int       `json:"differences,omitempty"` // with --verify; none of a tenant that cannot be verified

	changed time.Time
	bytes   int64 // -1: unknown
}

// differences verifies the tenants, and reports whether one differs or could not be verified.
func (l *tenantListing) differences(ctx context.Context, p *provision.Provisioner, data []listedJSON) (bool, error) {
	if !l.verify {
		return false, nil
	}
	found := map[string]error{}
	err := p.VerifyAll(ctx, standardConcurrency, func(t provision.Tenant, err error) { found[t.ID] = err })
	differs := false
	for i, d := range data {
		result, verified := found[d.ID]
		if !verified { // it was dropped, or made meanwhile
			continue
		}
		var drift *provision.DriftError
		n := 0
		if result != nil && !errors.As(result, &drift) {
			fmt.Fprintln(l.c.err, printable(result.Error()))
			differs = true
			continue
		}
		if drift != nil {
			n, differs = len(drift.Differences), true
		}
		data[i].Differences = &n
	}
	return differs, err
}

func (l *tenantListing) print(w io.Writer, data []listedJSON) error {
	header := []any{"id", "name", "state", "schema", "ddl version", "created", "changed"}
	nodes := slices.ContainsFunc(data, func(d listedJSON) bool { return d.Node != "" })
	if nodes {
		header = append(header, "node")
	}
	if l.o.Sizes {
		header = append(header, "size")
	}
	if l.verify {
		header = append(header, "differences")
	}
	t := newTable(header...)
	for _, d := range data {
		values := []any{d.ID, d.DisplayName, d.State, d.Schema, d.DDLVersion, stamp(d.CreatedAt), stamp(d.changed)}
		if nodes {
			values = append(values, d.Node)
		}
		if l.o.Sizes {
			values = append(values, sizeOrUnknown(d.Bytes))
		}
		if l.verify {
			shown := "?"
			if d.Differences != nil {
				shown = fmt.Sprint(*d.Differences)
			}
			values = append(values, shown)
		}
		t.AppendRow(row(values...))
	}
	return printTable(w, t)
}

// sizeOrUnknown is a size that may not be known; 0 would be another.
func sizeOrUnknown(bytes *int64) string {
	if bytes == nil {
		return "unknown"
	}
	return size(*bytes)
}
