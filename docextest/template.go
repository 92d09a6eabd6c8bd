package docextest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5"
)

// setUp makes docex's installation in an empty database.
func (db *DB) setUp(ctx context.Context, cfg Config) error {
	files, err := read(cfg.Setup)
	if err == nil && cfg.Setup != nil && len(files) == 0 {
		err = errors.New("docextest: Config.Setup has no file *.sql")
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := db.Admin.ExecContext(ctx, f.text); err != nil {
			return fmt.Errorf("docextest: %s: %w", f.name, err)
		}
	}
	return db.Provisioner.Init(ctx)
}

type file struct{ name, text string }

// read returns the files *.sql of a folder, which may be nil, in the order of their names.
func read(folder fs.FS) (files []file, err error) {
	if folder == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(folder, ".") // fs.Glob would take a folder that is not there for an empty one
	for _, entry := range entries {
		name := entry.Name()
		if path.Ext(name) != ".sql" {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, string(text)})
	}
	return files, err
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
		files, err := read(folder.files)
		if err != nil {
			t.Fatalf("docextest: Config.%s: %v; tests run in the folder of their package, and os.DirFS counts from there",
				folder.name, err)
		}
		fmt.Fprintf(hash, "%t %q", folder.files != nil, files)
	}
	cfg.Provision.DDL, cfg.Provision.Seed = nil, nil
	fmt.Fprintf(hash, "%#v", cfg.Provision)
	return hex.EncodeToString(hash.Sum(nil))
}
