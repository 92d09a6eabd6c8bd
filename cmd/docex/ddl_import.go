package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/atomicfile"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/internal/plural"
)

// importFlags are those of docex ddl import.
type importFlags struct {
	folder     string
	schema     string
	extensions []string
	force      bool
}

func ddlImport(c *cli) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import DUMP…|-",
		Short: "Make a DDL of what pg_dump --schema-only writes",
		Long: `import reads scripts of pg_dump --schema-only as they come, of PostgreSQL 15 to 18, and writes the SQL that
makes the same objects in every tenant's schema. It needs no database. - is the standard input.

pg_dump writes the schema in front of every name. import takes the name of the one schema away: from tables, types,
functions, operators, collations, in defaults, checks, indexes, views, policies and triggers, in strings that are names
('public.x'::regclass), and in the code of functions. What is not the schema's own is left out and counted: settings,
owners, rights, the schema itself, extensions, publications, event triggers, DROPs of --clean.

It does not change what is in strings otherwise. It tells of those in functions that hold the schema's name, since they
may be SQL that is executed.

When the dump holds several schemas, --schema says which one a tenant has. Extensions are not part of a tenant: import
says what to install, and where. An extension that was in the schema itself moves to a schema of its own, so its names
lose the prefix as well. --extension-schema names that schema (ext otherwise), and others that hold extensions only.

At the end it checks what it made, as docex init does. Where something is refused, it shows the place in the dump and
writes nothing: change the dump there, and import it again. The folder must be new or empty. With --force the one file
that import writes, ` + importedFile + `, is replaced.

The exit code is 0 when the file is written, 1 when something in the dump is refused as a DDL, 2 when it is no dump of a
schema, and 4 when the folder holds files.`,
		Example: `  pg_dump --schema-only shop | docex ddl import - -o ddl/
  docex ddl import shop.sql -o ddl/ --schema shop --extension-schema extensions
  docex init --ddl ddl/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return c.importDumps(f, args) },
	}
	c.jsonFlag(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.folder, "output", "o", "", "`folder` to write to")
	flags.StringVar(&f.schema, "schema", "", "the `schema` that a tenant has, when the dump holds several")
	flags.StringArrayVar(&f.extensions, "extension-schema", nil,
		"a `schema` that holds extensions only; may be repeated")
	flags.BoolVar(&f.force, "force", false, "write into a folder that holds files")
	_ = cmd.MarkFlagRequired("output") // these fail only for a flag that is not there
	_ = cmd.MarkFlagDirname("output")
	return cmd
}

// importedFile is the one file that is written: in the order of a dump, what a statement needs stands before it.
const importedFile = "010_schema.sql"

// errFolder: the folder that a DDL should be written to holds something.
var errFolder = errors.New("docex: ddl: the folder holds files")

func (c *cli) importDumps(f importFlags, args []string) error {
	others, err := besideImported(f)
	if err != nil {
		return err
	}
	sources, err := c.readDumps(args)
	if err != nil {
		return err
	}
	result, err := pgdump.Import(sources, pgdump.Options{Schema: f.schema, ExtensionSchemas: f.extensions})
	if err != nil {
		return err
	}
	report := reportImport(result, f.extensions)
	if report.Problems, err = report.checkImported(result); err != nil {
		return err
	}
	hidden, err := shadowedFunctions(result)
	if err != nil {
		return err
	}
	report.Notes = append(report.Notes, hidden...)
	if len(report.Problems) == 0 {
		report.File = filepath.Join(f.folder, importedFile)
		if err := writeWhole(report.File, result.Text); err != nil {
			return err
		}
	}
	report.folder = f.folder
	if err := c.emit(report, report.print); err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		fmt.Fprintf(c.err, "docex: %s: nothing was written\n", plural.Count(len(report.Problems), "problem"))
		return errFound
	}
	for _, name := range others {
		fmt.Fprintf(c.err, "docex: %s is in the folder, too, and is part of the DDL\n", printable(name))
	}
	return nil
}

// besideImported returns the other files *.sql of the folder. A folder that holds anything is an error without --force.
func besideImported(f importFlags) (others []string, err error) {
	entries, err := os.ReadDir(f.folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, usageError{fmt.Errorf("--output: %w", err)}
	case len(entries) > 0 && !f.force:
		return nil, fmt.Errorf("%w: %s", errFolder, f.folder)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".sql" && e.Name() != importedFile {
			others = append(others, e.Name())
		}
	}
	return others, nil
}

// readDumps reads the arguments. A folder is what pg_dump makes with --format directory.
func (c *cli) readDumps(args []string) ([]pgdump.Source, error) {
	var sources []pgdump.Source
	for _, arg := range args {
		if info, err := os.Stat(arg); err == nil && info.IsDir() && arg != "-" {
			return nil, &pgdump.Refusal{File: arg, Reason: "it is a folder", Remedy: "pg_restore -f - FOLDER, which writes " +
				"an archive of pg_dump's as a script"}
		}
		text, err := c.readInput(arg)
		if err != nil {
			return nil, err
		}
		if arg == "-" {
			arg = "<stdin>"
		}
		sources = append(sources, pgdump.Source{Name: arg, Text: text})
	}
	return sources, nil
}

// writeWhole writes a new file, or replaces one, and makes its folder if it is missing.
func writeWhole(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := atomicfile.Create(name, 0o644)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return atomicfile.Commit(f)
}
