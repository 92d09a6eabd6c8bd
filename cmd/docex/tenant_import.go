package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantImport(c *cli) *cobra.Command {
	var pgBin string
	var o provision.ImportOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a tenant of an archive",
		Long: `import makes a tenant of an archive that docex tenant export has made, with the manifest beside it, in this or
another database: schema, role, rows and its entry in the registry; all of it, or nothing. What was restored is held
against the manifest before the tenant is registered: every object's definition, the rows of each table, sequences. Of
another major version of the server only the objects' names are compared.

The tenant keeps its id and its DDL's digest and version, or gets another id with --as: so a copy is made, also beside
the original. A tenant that is there is never replaced. --restore brings a dropped tenant back under its id, from an
archive that was exported from it in this database.

Rights that roles had by name are lost, and listed. It takes a pg_restore that is not older than the pg_dump that made
the archive. The SQL in an archive runs with the administrator's rights: import only what you trust.`,
		Example: `  docex tenant import acme.dump
  docex tenant import acme.dump --as acme-test --name 'Acme, test'
  docex tenant import acme.dump --restore
  docex -c staging.yaml tenant import acme.dump`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withSite(cmd.Context(), pgBin, func(ctx context.Context, s site) error {
				m, done, err := c.importFile(ctx, s, args[0], o)
				if err != nil {
					return err
				}
				return c.imported(m, done)
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVar(&o.ID, "as", "", "another `ID`")
	cmd.Flags().StringVar(&o.DisplayName, "name", "", "another display `name`")
	cmd.Flags().BoolVar(&o.Suspended, "suspended", false, "leave it suspended")
	cmd.Flags().BoolVar(&o.Restore, "restore", false, "it is to be the dropped tenant of that id again")
	pgBinFlag(cmd, &pgBin)
	return cmd
}

// importFile makes a tenant of an archive and shows how far it is.
func (c *cli) importFile(
	ctx context.Context, s site, file string, o provision.ImportOptions,
) (m provision.Manifest, done provision.Imported, err error) {
	a, err := s.tools.Open(ctx, file)
	if err != nil {
		return m, done, err
	}
	defer a.Close()
	bar := c.newProgress(int(a.Manifest.Rows()), "rows")
	defer bar.clear()
	o.Progress = func(rows int64) { bar.set(int(rows)) }
	done, err = s.p.Import(ctx, a.Manifest, a.Section, o)
	return a.Manifest, done, err
}

func (c *cli) imported(m provision.Manifest, done provision.Imported) error {
	data := struct {
		Tenant   tenantJSON       `json:"tenant"`
		Tables   int              `json:"tables"`
		Rows     int64            `json:"rows"`
		Compared provision.Depth  `json:"compared"`
		Lost     []differenceJSON `json:"lost"`
	}{asJSON(done.Tenant), len(m.Tables), m.Rows(), done.Compared, differencesJSON(done.Lost)}
	return c.emit(data, func(w io.Writer) error {
		printLost(w, m, done)
		_, err := fmt.Fprintf(w, "%s: imported, %s, tables: %d, rows: %d, compared: %s\n", done.Tenant.ID, done.Tenant.State,
			data.Tables, data.Rows, data.Compared)
		return err
	})
}

// printLost says what a tenant has no more that was imported.
func printLost(w io.Writer, m provision.Manifest, done provision.Imported) {
	for _, d := range done.Lost {
		fmt.Fprintf(w, "%s: lost: %s %s (%s)\n", done.Tenant.ID, d.Kind, printableLine(d.Object), printableLine(d.Want))
	}
	if label := m.Tenant.DDLVersion; label != done.Tenant.DDLVersion {
		fmt.Fprintf(w, "%s: lost: version %s, which means another DDL here\n", done.Tenant.ID, printableLine(label))
	}
}
