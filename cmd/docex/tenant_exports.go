package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/provision"
)

// exports is docex tenant export --all.
type exports struct {
	c   *cli
	all bool
	dir string
}

// exportOutcome is how --json prints what became of one tenant.
type exportOutcome struct {
	ID     string `json:"id"`
	File   string `json:"file,omitempty"` // empty when there is none
	SHA256 string `json:"sha256,omitempty"`
	Rows   int64  `json:"rows"`
	Error  string `json:"error,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// run exports each tenant, one after the other: pg_dump keeps a processor busy.
func (e exports) run(ctx context.Context, s site, o pgarchive.Options) error {
	tenants, err := s.p.List(ctx, provision.ListOptions{})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return err
	}
	bar := e.c.newProgress(len(tenants), "tenants")
	failed := 0
	outcomes := make([]exportOutcome, 0, len(tenants))
	for _, t := range tenants {
		out, err := e.one(ctx, s, t, o)
		if ctx.Err() != nil {
			break // what was cut off did not fail
		}
		if errors.Is(err, pgarchive.ErrTools) { // nor will the others be exported
			bar.clear()
			return err
		}
		if err != nil {
			failed++
			out.Error, out.Remedy = dsnerr.Text(err), e.c.advice(withID(remedy(err), err))
		}
		outcomes = append(outcomes, out)
		bar.step()
	}
	bar.clear()
	err = e.c.emit(outcomes, func(w io.Writer) error {
		for _, out := range outcomes {
			if out.Error != "" {
				fmt.Fprintf(w, "%s: not exported: %s\n", out.ID, printableLine(out.Error))
			}
			if out.Remedy != "" {
				fmt.Fprintf(w, "  try: %s\n", out.Remedy)
			}
		}
		_, err := fmt.Fprintf(w, "exported: %d, failed: %d, to %s\n", len(outcomes)-failed, failed, printableLine(e.dir))
		return err
	})
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("docex: interrupted; tenants that are not exported: %d: %w", len(tenants)-len(outcomes), ctx.Err())
	case failed > 0:
		return errFound
	}
	return nil
}

func (e exports) one(
	ctx context.Context, s site, t provision.Tenant, o pgarchive.Options,
) (out exportOutcome, err error) {
	out.ID = t.ID
	file := filepath.Join(e.dir, t.ID+".dump")
	m, err := s.tools.Export(ctx, s.p, t.ID, file, o)
	if err == nil {
		out.File, out.SHA256, out.Rows = file, m.Archive.SHA256, m.Rows()
	}
	return out, err
}
