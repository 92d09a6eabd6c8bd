package main

import (
	"context"
	"fmt"

	"github.com/fatih/color"

	"github.com/docex/docex/provision"
)

// warnDDL prints warnings, and returns them for --json.
func (c *cli) warnDDL(warnings []provision.DDLProblem) []denialJSON {
	data := make([]denialJSON, len(warnings))
	for i, w := range warnings {
		data[i] = denialOf(w)
		data[i].Warning = true
		fmt.Fprintln(c.err, color.YellowString("warning: %s", printableLine(w.String())))
	}
	return data
}

// warnOtherDDL warns when a new file has another DDL than the tenants that are there, as a second file for a database
// has, or one for a copy: the next tenant would get other tables than they have. Of a file that is kept that is a step
// of every upgrade.
func (i *installer) warnOtherDDL(ctx context.Context, p *provision.Provisioner) error {
	if !i.isNew {
		return nil
	}
	some, err := p.List(ctx, provision.ListOptions{Limit: 1})
	if err != nil || len(some) == 0 || !p.Behind(some[0]) {
		return err
	}
	fmt.Fprintln(i.c.err, printable("docex: warning: there are tenants of another DDL than that of "+i.path))
	fmt.Fprintln(i.c.err, "  try: ddl, ddl_version and seed there as in the file that the tenants were made with")
	return nil
}
