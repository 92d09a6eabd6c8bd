package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/provision"
)

// upgrade is docex tenant upgrade.
type upgrade struct {
	c          *cli
	o          provision.UpgradeOptions
	reportPath string

	report   *bulkReport
	progress progress
	done     upgradeSummary
}

// upgradeSummary is how --json prints what an upgrade has done.
type upgradeSummary struct {
	Upgraded   int     `json:"upgraded"`
	Current    int     `json:"current"`
	SecondPart int     `json:"second_part_to_do"`
	Drifted    int     `json:"drifted"`
	Failed     int     `json:"failed"`
	Left       int     `json:"left"` // cut off, or not begun
	Seconds    float64 `json:"seconds"`
	Report     string  `json:"report,omitempty"`
}

// read takes in the flags that name files.
func (u *upgrade) read(with, then string, from []string) (err error) {
	if u.o.Script, err = scriptFolder("--with", with); err != nil {
		return err
	}
	if u.o.Then, err = scriptFolder("--then", then); err != nil {
		return err
	}
	for _, dir := range from {
		if _, err := os.Stat(dir); err != nil {
			return usageError{fmt.Errorf("--from: %w", err)}
		}
		u.o.From = append(u.o.From, os.DirFS(dir))
	}
	u.done.Report = cmp.Or(u.reportPath, reportFor(filepath.Base(cmp.Or(with, then, "upgrade"))))
	return nil
}

// scriptFolder returns a folder, or one that holds a file alone; nil for no name.
func scriptFolder(flag, name string) (fs.FS, error) {
	if name == "" {
		return nil, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	if info.IsDir() {
		return os.DirFS(name), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	base := filepath.Base(name)
	if filepath.Ext(base) != ".sql" {
		base += ".sql"
	}
	return fstest.MapFS{base: {Data: text}}, nil // imports nothing of package testing itself
}

func (u *upgrade) upgrade(ctx context.Context, p *provision.Provisioner, tenants int) (err error) {
	if u.report, err = openReport(u.done.Report); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.report.close()) }()
	began := time.Now()
	u.progress = u.c.newProgress(tenants, "tenants")
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	u.o.Progress = func(o provision.UpgradeOutcome, so provision.UpgradeCounts) {
		if o.Err != nil && working.Err() != nil {
			return // it was cut off, and is left for the next time
		}
		if err := u.add(o, so); err != nil {
			stop(err)
		}
	}
	report, err := p.UpgradeTenants(working, u.o)
	u.progress.clear()
	if err != nil && report.UpgradeCounts == (provision.UpgradeCounts{Found: report.Found}) && ctx.Err() == nil {
		return err // it has not begun
	}
	u.done.Seconds = time.Since(began).Seconds()
	u.done.Left = report.Found - u.done.all()
	if err := u.c.emit(u.done, u.done.print); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return errUpgradeInterrupted
	case working.Err() != nil:
		return context.Cause(working)
	case err != nil:
		return errFound
	}
	return nil
}

// add counts, shows and reports what became of a tenant. An error means that there is no use in going on.
func (u *upgrade) add(o provision.UpgradeOutcome, so provision.UpgradeCounts) error {
	u.progress.grow(so.Found)
	switch o.Result {
	case provision.UpgradeDone:
		u.done.Upgraded++
	case provision.UpgradeCurrent:
		u.done.Current++
	case provision.UpgradeHalf:
		u.done.SecondPart++
	case provision.UpgradeDrifted:
		u.done.Drifted++
	default:
		u.done.Failed++
	}
	if o.Err != nil && u.done.SecondPart+u.done.Drifted+u.done.Failed <= shownFailures {
		u.progress.clear()
		fmt.Fprintln(u.c.err, printable(o.Err.Error()))
	}
	u.progress.step()
	if err := u.report.line(o.Tenant.ID, string(o.Result), o.Err); err != nil {
		return err
	}
	var connect *pgconn.ConnectError
	if errors.As(o.Err, &connect) || errors.Is(o.Err, provision.ErrPrivileges) {
		return o.Err // others would fail for the same reason
	}
	return nil
}

func (s upgradeSummary) all() int {
	return s.Upgraded + s.Current + s.SecondPart + s.Drifted + s.Failed
}

func (s upgradeSummary) print(w io.Writer) error {
	fmt.Fprintf(w, "%d upgraded, %d drifted, %d failed", s.Upgraded, s.Drifted, s.Failed)
	for _, more := range []struct {
		n    int
		text string
	}{{s.Current, "current before"}, {s.SecondPart, "with the second part to do"}, {s.Left, "left"}} {
		if more.n > 0 {
			fmt.Fprintf(w, ", %d %s", more.n, more.text)
		}
	}
	fmt.Fprintf(w, " in %s", time.Duration(s.Seconds*float64(time.Second)).Round(time.Millisecond))
	if s.Report != "" {
		fmt.Fprintf(w, "; report: %s", s.Report)
	}
	_, err := fmt.Fprintln(w)
	return err
}
