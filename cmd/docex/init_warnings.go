package main

import (
	"fmt"

	"github.com/fatih/color"

	"github.com/docex/docex/provision"
)

// ddlWarning is how --json prints what a DDL holds that fails in use.
type ddlWarning struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Rule   string `json:"rule"`
	Object string `json:"object"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// warnDDL prints warnings, and returns them for --json.
func (c *cli) warnDDL(warnings []provision.DDLProblem) []ddlWarning {
	data := make([]ddlWarning, len(warnings))
	for i, w := range warnings {
		data[i] = ddlWarning(w)
		fmt.Fprintln(c.err, color.YellowString("warning: %s", printableLine(w.String())))
	}
	return data
}
