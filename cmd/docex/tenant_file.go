package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/docex/docex/provision"
)

// errTenantsFile: a CSV file of tenants cannot be used.
var errTenantsFile = errors.New("docex: the file of tenants cannot be used, and nothing was done")

// tenantFileColumns are the columns that a file of tenants may have; the first it must have.
var tenantFileColumns = []string{"id", "display_name"}

// readTenants reads and checks the file of that name, or the standard input for "-". The error matches errTenantsFile
// and says all that is wrong, line by line.
func (c *cli) readTenants(name string) ([]provision.Tenant, error) {
	text, err := c.readInput(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTenantsFile, err)
	}
	t := tenantFile{csv: csv.NewReader(strings.NewReader(withoutBOM(text))), lines: map[string]int{}}
	t.csv.FieldsPerRecord = -1 // told line by line
	t.csv.ReuseRecord = true
	t.read()
	if len(t.problems) > 0 {
		return nil, fmt.Errorf("%w: %s:\n%s", errTenantsFile, name, strings.Join(t.problems, "\n"))
	}
	return t.tenants, nil
}

// tenantFile is a file that is being read.
type tenantFile struct {
	csv      *csv.Reader
	columns  []string
	tenants  []provision.Tenant
	lines    map[string]int // where an id was first seen
	problems []string
}

func (t *tenantFile) problem(line int, format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf("  line %d: %s", line, fmt.Sprintf(format, args...)))
}

func (t *tenantFile) read() {
	for {
		record, err := t.csv.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if t.columns == nil {
				t.problem(1, "it is empty; the first line is a header: %s", strings.Join(tenantFileColumns, ","))
			}
			return
		case errors.As(err, &syntax):
			t.problem(syntax.Line, "%v", syntax.Err)
			return // what follows cannot be told apart
		}
		line, _ := t.csv.FieldPos(0)
		if t.columns == nil {
			if t.header(line, record); !slices.Contains(t.columns, tenantFileColumns[0]) {
				return // nobody knows what is in which column
			}
		} else {
			t.tenant(line, record)
		}
	}
}

func (t *tenantFile) header(line int, record []string) {
	t.columns = slices.Clone(record)
	for i, column := range t.columns {
		if !slices.Contains(tenantFileColumns, column) {
			t.problem(line, "unknown column %q; columns are %s, with a comma between them", column,
				strings.Join(tenantFileColumns, " and "))
		} else if slices.Contains(t.columns[:i], column) {
			t.problem(line, "column %s comes twice", column)
		}
	}
	if !slices.Contains(t.columns, tenantFileColumns[0]) {
		t.problem(line, "column %s is missing", tenantFileColumns[0])
	}
}

func (t *tenantFile) tenant(line int, record []string) {
	if len(record) != len(t.columns) {
		t.problem(line, "%d fields, the header has %d", len(record), len(t.columns))
		return
	}
	var tenant provision.Tenant
	for i, column := range t.columns {
		switch column {
		case "id":
			tenant.ID = record[i]
		case "display_name":
			tenant.DisplayName = record[i]
		}
	}
	if err := tenant.Validate(); err != nil {
		t.problem(line, "%s", strings.TrimPrefix(err.Error(), "docex: "))
		return
	}
	if first, ok := t.lines[tenant.ID]; ok {
		t.problem(line, "tenant %q is in line %d already", tenant.ID, first)
		return
	}
	t.lines[tenant.ID] = line
	t.tenants = append(t.tenants, tenant)
}
