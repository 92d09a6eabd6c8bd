package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/docex/docex/provision"
)

// errReport: a file that is to be the report of a bulk is something else.
var errReport = errors.New("docex: not a report of this program's")

// errReportInUse: another docex writes the report.
var errReportInUse = errors.New("docex: another run writes this report")

var reportColumns = []string{"id", "result", "error", "time"}

// bulkReport is the file that says what became of each tenant of a bulk: a line each, written at once. A later run goes
// on with it. It is for people; what there is only the registry says.
type bulkReport struct {
	file  *os.File
	there map[string]bool // tenants that it says are there
}

// openReport opens the report of that name, or makes it, and locks it until it is closed. The error matches errReport
// when the file is none, and errReportInUse when another run has it.
func openReport(name string) (*bulkReport, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, usageError{fmt.Errorf("--report: %w", err)}
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // a pipe would never end
		return nil, errors.Join(fmt.Errorf("%w: %s is no regular file", errReport, name), err, f.Close())
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", errReportInUse, name, err), f.Close())
	}
	r := &bulkReport{file: f, there: map[string]bool{}}
	if err := r.read(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

// read takes in what is there. The end of a line that a killed run did not write whole is cut off.
func (r *bulkReport) read() error {
	text, err := io.ReadAll(r.file)
	if err != nil {
		return fmt.Errorf("docex: report: %w", err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if len(whole) == 0 && bytes.HasPrefix(reportHeader(), text) {
		if err := r.file.Truncate(0); err != nil {
			return fmt.Errorf("docex: report: %w", err)
		}
		return r.write(reportColumns)
	}
	rows, err := csv.NewReader(bytes.NewReader(whole)).ReadAll()
	if err != nil || len(rows) == 0 || !slices.Equal(rows[0], reportColumns) {
		return fmt.Errorf("%w: %s", errReport, r.file.Name())
	}
	for _, row := range rows[1:] {
		r.there[row[0]] = row[1] != string(provision.BulkFailed)
	}
	if len(whole) == len(text) {
		return nil
	}
	return r.file.Truncate(int64(len(whole)))
}

func reportHeader() []byte { return []byte(strings.Join(reportColumns, ",") + "\n") }

// add writes the line of a tenant, unless the tenant was there before and the report says so.
func (r *bulkReport) add(o provision.BulkOutcome) error {
	if o.Result == provision.BulkExisting && r.there[o.Tenant.ID] {
		return nil
	}
	return r.line(o.Tenant.ID, string(o.Result), o.Err)
}

// line writes a line about a tenant.
func (r *bulkReport) line(id, result string, err error) error {
	text := ""
	if err != nil {
		text = printable(strings.Join(strings.Fields(err.Error()), " ")) // a line is a tenant
	}
	return r.write([]string{id, result, text, time.Now().UTC().Format(time.RFC3339)})
}

// write is one write of one line, so that an interruption leaves whole lines.
func (r *bulkReport) write(fields []string) error {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	_ = w.Write(fields) // errors come from the file alone
	w.Flush()
	if _, err := r.file.Write(line.Bytes()); err != nil {
		return fmt.Errorf("docex: report: %w", err)
	}
	return nil
}

func (r *bulkReport) close() error { return r.file.Close() }
