package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

// defaultExtensionSchema is where extensions go that were in the schema of the tables.
const defaultExtensionSchema = "ext"

// importReport is what docex ddl import tells.
type importReport struct {
	File       string            `json:"file"` // empty when nothing was written
	Schema     string            `json:"schema"`
	Statements int               `json:"statements"`
	Dumps      []string          `json:"dumps"` // what the dumps say about versions
	LeftOut    []leftOut         `json:"left_out"`
	Extensions []extensionReport `json:"extensions"`
	Notes      []noteJSON        `json:"notes"`
	Problems   []denialJSON      `json:"problems"`

	folder  string
	schemas []string // of extensions
}

type leftOut struct {
	Kind       string `json:"kind"`
	Statements int    `json:"statements"`
}

type extensionReport struct {
	Name    string `json:"name"`
	Was     string `json:"was"`     // its schema in the dump
	Install string `json:"install"` // and the one to install it in; empty when it brings its own
}

type noteJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}

// reportImport puts a result into words. The first of the named schemas takes the extensions that have to move.
func reportImport(r *pgdump.Result, named []string) importReport {
	report := importReport{Schema: r.Schema, Statements: r.Statements, Dumps: r.Versions, LeftOut: []leftOut{},
		Extensions: []extensionReport{}, Notes: []noteJSON{}, schemas: slices.Clone(named)}
	place := append(slices.Clone(named), defaultExtensionSchema)[0]
	for _, c := range r.LeftOut {
		report.LeftOut = append(report.LeftOut, leftOut{c.Kind, c.N})
	}
	for _, e := range r.Extensions {
		install := e.Schema
		switch e.Schema {
		case r.Schema, "":
			install = place
		case "pg_catalog":
			install = ""
		}
		if install != "" && !slices.Contains(report.schemas, install) {
			report.schemas = append(report.schemas, install)
		}
		report.Extensions = append(report.Extensions, extensionReport{e.Name, e.Schema, install})
	}
	for _, n := range r.Notes {
		report.Notes = append(report.Notes, noteJSON(n))
	}
	return report
}

// checkImported returns what provisioning refuses in a result, with places in the dumps, and notes what it warns of.
func (report *importReport) checkImported(r *pgdump.Result) ([]denialJSON, error) {
	warnings, err := provision.CheckDDL(
		provision.Config{DDL: provision.DDLString(r.Text), ExtensionSchemas: report.schemas})
	for _, w := range warnings {
		at := r.Place(w.Line, w.Column)
		words := strings.TrimSuffix(w.Reason+"; "+w.Remedy, "; ")
		report.Notes = append(report.Notes, noteJSON{at.File, at.Line, at.Column, inFile(words)})
	}
	problems := []denialJSON{}
	var refused *provision.DDLError
	if !errors.As(err, &refused) {
		return problems, err
	}
	for _, p := range refused.Problems {
		at := r.Place(p.Line, p.Column)
		d := denialOf(p)
		d.File, d.Line, d.Column, d.excerpt = at.File, at.Line, at.Column, excerptAt(at.Dump, at.Offset)
		if p.Rule == guard.RuleSchema.String() {
			d.Hint = "leave it out of the dump; or, if the schema holds extensions only, name it with --extension-schema"
		}
		problems = append(problems, d)
	}
	return problems, nil
}

func (r importReport) print(w io.Writer) error {
	if len(r.Problems) > 0 {
		return (&checkRun{denied: r.Problems}).print(w)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of schema %s\n", printable(r.File), plural.Count(r.Statements, "statement"),
		printable(r.Schema))
	var kinds []string
	for _, k := range r.LeftOut {
		kinds = append(kinds, fmt.Sprintf("%s %d", printable(k.Kind), k.Statements))
	}
	if len(kinds) > 0 {
		fmt.Fprintf(&b, "left out: %s\n", strings.Join(kinds, ", "))
	}
	r.printExtensions(&b)
	if len(r.Notes) > 0 {
		fmt.Fprintln(&b, "look at:")
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  %s:%d:%d: %s\n", printable(n.File), n.Line, n.Column, printable(n.Text))
	}
	fmt.Fprintf(&b, "next: docex init --ddl %s", printable(r.folder))
	for _, s := range r.schemas {
		fmt.Fprintf(&b, " --extension-schema %s", printable(s))
	}
	fmt.Fprintln(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// printExtensions says what to install, and what to write into docex.yaml.
func (r importReport) printExtensions(w io.Writer) {
	var reviewed []string
	if len(r.Extensions) > 0 {
		fmt.Fprintln(w, "to install in the database before, once:")
		for _, s := range r.schemas {
			fmt.Fprintf(w, "  CREATE SCHEMA IF NOT EXISTS %s;\n", sqlName(s))
		}
	}
	for _, e := range r.Extensions {
		place := ""
		if e.Install != "" {
			place = " SCHEMA " + sqlName(e.Install)
		}
		fmt.Fprintf(w, "  CREATE EXTENSION %s%s;\n", sqlName(e.Name), place)
		if len(guard.ReviewedVersions(e.Name)) > 0 {
			reviewed = append(reviewed, e.Name)
		}
	}
	if moves := r.moves(); len(moves) > 0 {
		fmt.Fprintf(w, "or in the database of the dump, if a tenant is to be made of it by docex tenant adopt:\n%s",
			strings.Join(moves, ""))
	}
	if len(r.schemas) == 0 {
		return
	}
	fmt.Fprintf(w, "docex.yaml:\n  policy:\n    extension_schemas: %s\n", config.List(r.schemas))
	if len(reviewed) > 0 {
		fmt.Fprintf(w, "    extensions: %s\n", config.List(reviewed))
	}
}

// moves are the statements that bring extensions into their schema where they are installed already.
func (r importReport) moves() (statements []string) {
	for _, e := range r.Extensions {
		if e.Install != "" && e.Install != e.Was {
			statements = append(statements,
				fmt.Sprintf("  ALTER EXTENSION %s SET SCHEMA %s;\n", sqlName(e.Name), sqlName(e.Install)))
		}
	}
	return statements
}

// sqlName is a name in SQL, with quotes where it needs them.
func sqlName(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return s
	}
	return printable(pgx.Identifier{s}.Sanitize())
}
