package docextest

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5"
)

// setUp makes docex's installation in an empty database.
func (db *DB) setUp(ctx context.Context, cfg Config) error {
	if cfg.Setup != nil {
		files, err := fs.Glob(cfg.Setup, "*.sql") // in the order of their names
		if err == nil && len(files) == 0 {
			err = fmt.Errorf("docextest: Config.Setup has no file *.sql")
		}
		if err != nil {
			return err
		}
		for _, name := range files {
			text, err := fs.ReadFile(cfg.Setup, name)
			if err != nil {
				return err
			}
			if _, err := db.Admin.ExecContext(ctx, string(text)); err != nil {
				return fmt.Errorf("docextest: %s: %w", name, err)
			}
		}
	}
	return db.Provisioner.Init(ctx)
}

// prepare fills a database that others are copied from. A tenant is made and removed, so that the description of its
// schema, which takes longer than the schema, is there for the tenants of the copies. Its id is free again: no session
// has worked for it.
func prepare(t testing.TB, raw *pgtest.DB, cfg Config) error {
	t.Helper()
	cfg.Driver = driver.Config{} // a mistake in it is of one test; others share the database
	db, err := open(t, raw, cfg)
	if err != nil {
		return err
	}
	ctx := t.Context()
	const first = "docextest"
	tombstones := pgx.Identifier{cmp.Or(cfg.Provision.SystemSchema, provision.DefaultSystemSchema), "tenant"}.Sanitize()
	for _, step := range []func() error{
		func() error { return db.setUp(ctx, cfg) },
		func() error { _, err := db.Provisioner.Create(ctx, provision.Tenant{ID: first}); return err },
		func() error { return db.Provisioner.Suspend(ctx, first) },
		func() error { return db.Provisioner.Drop(ctx, first, first) },
		func() error {
			_, err := db.Admin.ExecContext(ctx, "DELETE FROM "+tombstones+" WHERE NOT is_system")
			return err
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// fingerprint tells apart what databases are made from.
func fingerprint(t testing.TB, cfg Config) string {
	t.Helper()
	hash := sha256.New()
	for _, folder := range []struct {
		name  string
		files fs.FS
	}{{"Setup", cfg.Setup}, {"Provision.DDL", cfg.Provision.DDL}, {"Provision.Seed", cfg.Provision.Seed}} {
		fmt.Fprintln(hash, folder.files != nil)
		archive := tar.NewWriter(hash)
		if folder.files != nil {
			if err := archive.AddFS(folder.files); err != nil {
				t.Fatalf("docextest: Config.%s: %v; tests run in the folder of their package, and os.DirFS counts from there",
					folder.name, err)
			}
		}
		_ = archive.Close() // a hash takes everything
	}
	cfg.Provision.DDL, cfg.Provision.Seed = nil, nil
	fmt.Fprintf(hash, "%#v", cfg.Provision)
	return hex.EncodeToString(hash.Sum(nil))
}
