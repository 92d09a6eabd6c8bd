package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/provision"
)

func tenantExport(c *cli) *cobra.Command {
	var file, pgBin string
	var o pgarchive.Options
	e := exports{c: c}
	cmd := &cobra.Command{
		Use:   "export ID -o FILE | --all --dir FOLDER",
		Short: "Make an archive of a tenant, or of each",
		Long: `export writes a tenant's schema with all rows to a file, as PostgreSQL's pg_dump does it in its custom format,
and a manifest beside it, FILE.manifest.json: names, versions, digests, rows of each table and the file's SHA-256. Keep
both. docex tenant import makes a tenant of them again, here or elsewhere; pg_restore can read FILE by itself.

The archive is of one moment. Nobody is kept from working meanwhile. A suspended tenant's has all that was ever done.
On Citus a tenant must be suspended, and stays so until its archive is made. It takes a pg_dump that is not older than
the server.

Roles, rights by name and extensions are in no archive; import says which are missing. A tenant whose rows refer to
large objects is refused, since no archive of a schema has those.

With --all it exports every tenant, each to FOLDER/ID.dump. One that cannot be exported does not keep the others from
it; the exit code is 1 then.`,
		Example: `  docex tenant export acme -o acme.dump
  docex tenant export acme -o acme.dump --force --pg-bin /usr/lib/postgresql/18/bin
  docex tenant export --all --dir backup/monday`,
		Args: func(_ *cobra.Command, args []string) error {
			one, all := len(args) == 1 && file != "", e.all && e.dir != ""
			if one == all || one && (e.all || e.dir != "") || all && (len(args) > 0 || file != "") {
				return errors.New("give the id of one tenant and -o FILE, or --all and --dir FOLDER")
			}
			return nil
		},
		ValidArgsFunction: c.tenantIDs(1, provision.Active, provision.Suspended),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withSite(cmd.Context(), pgBin, func(ctx context.Context, s site) error {
				if e.all {
					return e.run(ctx, s, o)
				}
				m, err := c.export(ctx, s, args[0], file, o)
				if err != nil {
					return err
				}
				return c.exported(m, file)
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVarP(&file, "output", "o", "", "the archive's `file`")
	cmd.Flags().BoolVar(&o.Overwrite, "force", false, "overwrite files that are there")
	cmd.Flags().BoolVar(&e.all, "all", false, "every tenant")
	cmd.Flags().StringVar(&e.dir, "dir", "", "with --all, the `folder` for the archives, which is made if it is missing")
	pgBinFlag(cmd, &pgBin)
	_ = cmd.MarkFlagDirname("dir") // fails only for a flag that is not there
	return cmd
}

func pgBinFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "pg-bin", "", "`folder` of pg_dump and pg_restore (default: those in PATH)")
	_ = cmd.MarkFlagDirname("pg-bin") // fails only for a flag that is not there
}

// export makes an archive and shows its size meanwhile.
func (c *cli) export(
	ctx context.Context, s site, id, file string, o pgarchive.Options,
) (provision.Manifest, error) {
	bar := c.newProgress(-1, "bytes")
	defer bar.clear()
	o.Progress = func(bytes int64) { bar.set(int(bytes)) }
	return s.tools.Export(ctx, s.p, id, file, o)
}

func (c *cli) exported(m provision.Manifest, file string) error {
	data := struct {
		File     string             `json:"file"`
		Manifest provision.Manifest `json:"manifest"`
	}{file, m}
	return c.emit(data, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: exported to %s, tables: %d, rows: %d, bytes: %d\n", m.Tenant.ID, printableLine(file),
			len(m.Tables), m.Rows(), m.Archive.Bytes)
		return err
	})
}
