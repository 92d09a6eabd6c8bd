package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/provision"
)

// errBulkInterrupted ends a bulk that the user has interrupted.
var errBulkInterrupted = errors.New("docex: interrupted; the same command again makes the rest")

// shownFailures is how many failed tenants are shown. All are in the report.
const shownFailures = 10

// bulk is docex tenant create --from.
type bulk struct {
	c           *cli
	from        string
	reportPath  string
	concurrency int

	report   *bulkReport
	progress progress
	done     bulkSummary
}

// bulkSummary is how --json prints what a bulk has done.
type bulkSummary struct {
	Created  int     `json:"created"`
	Existing int     `json:"existing"`
	Failed   int     `json:"failed"`
	Left     int     `json:"left"` // cut off, or not begun
	Seconds  float64 `json:"seconds"`
	Report   string  `json:"report"`
}

func (b *bulk) run(ctx context.Context) error {
	tenants, err := b.c.readTenants(b.from)
	if err != nil {
		return err
	}
	return b.c.withProvisioner(ctx, func(ctx context.Context, p *provision.Provisioner) error {
		if _, err := p.List(ctx, provision.ListOptions{Limit: 1}); err != nil {
			return err // of the kind that meets every tenant; there is nothing to report
		}
		b.done.Report = cmp.Or(b.reportPath, reportFor(b.from))
		if b.report, err = openReport(b.done.Report); err != nil {
			return err
		}
		err := b.create(ctx, p, tenants)
		return errors.Join(err, b.report.close())
	})
}

// create makes the tenants and prints the summary.
func (b *bulk) create(ctx context.Context, p *provision.Provisioner, tenants []provision.Tenant) error {
	began := time.Now()
	b.progress = b.c.newProgress(len(tenants), "tenants")
	b.done.Left = len(tenants)
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	_, err := p.CreateMany(working, slices.Values(tenants), provision.BulkOptions{
		Concurrency: b.concurrency,
		Progress: func(o provision.BulkOutcome, _ provision.BulkCounts) {
			if o.Result == provision.BulkFailed && working.Err() != nil {
				return // it was cut off, and is left for the next time
			}
			if err := b.add(o); err != nil {
				stop(err)
			}
		},
	})
	b.progress.clear()
	b.done.Seconds = time.Since(began).Seconds()
	if err := b.c.emit(b.done, b.done.print); err != nil {
		return err
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errBulkInterrupted
	case working.Err() != nil:
		return context.Cause(working)
	case b.done.Failed > 0:
		return errFound
	}
	return err
}

// add counts, shows and reports what became of a tenant. An error means that there is no use in going on.
func (b *bulk) add(o provision.BulkOutcome) error {
	b.done.Left--
	switch o.Result {
	case provision.BulkCreated:
		b.done.Created++
	case provision.BulkExisting:
		b.done.Existing++
	default:
		b.done.Failed++
		if b.done.Failed <= shownFailures {
			b.progress.clear()
			fmt.Fprintln(b.c.err, printable(o.Err.Error()))
		}
	}
	b.progress.step()
	if err := b.report.add(o); err != nil {
		return err
	}
	if meetsAll(o.Err) {
		return o.Err
	}
	return nil
}

// meetsAll reports whether other tenants would fail for the same reason.
func meetsAll(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || slices.ContainsFunc([]error{
		provision.ErrNotInitialized, provision.ErrUpgradeRequired, provision.ErrEnvironmentMismatch,
		provision.ErrSettingsMismatch, provision.ErrDDLVersion,
		provision.ErrPrivileges, provision.ErrAppRole, provision.ErrCitus, provision.ErrDDL,
	}, func(target error) bool { return errors.Is(err, target) })
}

func (s bulkSummary) print(w io.Writer) error {
	left := ""
	if s.Left > 0 {
		left = fmt.Sprintf(", %d left", s.Left)
	}
	_, err := fmt.Fprintf(w, "%d created, %d existing, %d failed%s in %s; report: %s\n", s.Created, s.Existing, s.Failed,
		left,
		time.Duration(s.Seconds*float64(time.Second)).Round(time.Millisecond), s.Report)
	return err
}
