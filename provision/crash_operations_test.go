package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/provision"
)

// site is where operations run.
type site struct {
	p   *provision.Provisioner
	db  *sql.DB // the administrator's
	dir string  // of archives
	dsn string  // the administrator's, for pg_dump
}

// operation is one that may be cut off at any moment. Afterwards the tenant is as it was before or as it should be
// after.
type operation struct {
	name          string
	prepare       func(ctx context.Context, s site, id string) error
	run           func(ctx context.Context, s site, id string) error
	before, after provision.State // none: there is no such tenant
}

// States that the registry knows nothing of.
const (
	none      provision.State = ""          // nothing was made of the tenant yet
	adoptable provision.State = "adoptable" // there is a schema that could become the tenant's
	upgraded  provision.State = "upgraded"  // it is active, and of another DDL
)

var operations = []operation{
	{"create", nothing, create, none, provision.Active},
	{"suspend", create, suspend, provision.Active, provision.Suspended},
	{"resume", inTurn(create, suspend), resume, provision.Suspended, provision.Active},
	{"adopt", makeAdoptable, adopt, adoptable, provision.Active},
	{"upgrade", create, upgradeOne, provision.Active, upgraded},
	{"drop", inTurn(create, suspend), drop, provision.Suspended, provision.Dropped},
	{"import", makeArchive, importArchive, none, provision.Active},
	{"restore", inTurn(create, export, suspend, drop), restore, provision.Dropped, provision.Active},
}

func nothing(context.Context, site, string) error { return nil }

func create(ctx context.Context, s site, id string) error {
	_, err := s.p.Create(ctx, provision.Tenant{ID: id})
	return err
}

func suspend(ctx context.Context, s site, id string) error {
	return s.p.Suspend(ctx, id)
}

func resume(ctx context.Context, s site, id string) error { return s.p.Resume(ctx, id) }

// upgradeOne brings one tenant to a DDL with a table more.
func upgradeOne(ctx context.Context, s site, id string) error {
	const more = `CREATE TABLE extra (id integer PRIMARY KEY)`
	files := fstest.MapFS{"900.sql": {Data: []byte(more)}}
	names, err := fs.Glob(os.DirFS("sql/docex"), "*.sql")
	for _, name := range names {
		text, readErr := os.ReadFile("sql/docex/" + name)
		files[name], err = &fstest.MapFile{Data: text}, errors.Join(err, readErr)
	}
	next, newErr := provision.New(s.db, provision.Config{DDL: files})
	if err := errors.Join(err, newErr); err != nil {
		return err
	}
	_, err = next.UpgradeTenants(ctx, provision.UpgradeOptions{Only: []string{id}, Script: provision.DDLString(more)})
	return err
}

func drop(ctx context.Context, s site, id string) error { return s.p.Drop(ctx, id, id) }

// makeAdoptable makes a schema by hand that has what the DDL makes.
func makeAdoptable(ctx context.Context, s site, id string) error {
	script := fmt.Sprintf(`CREATE SCHEMA "old_%[1]s"; SET LOCAL search_path = "old_%[1]s"; `, id)
	files, err := fs.Glob(os.DirFS("sql/docex"), "*.sql")
	for _, name := range files {
		text, readErr := os.ReadFile("sql/docex/" + name)
		script, err = script+string(text), errors.Join(err, readErr)
	}
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, script)
	return err
}

func adopt(ctx context.Context, s site, id string) error {
	_, err := s.p.Adopt(ctx, provision.Tenant{ID: id}, "old_"+id)
	return err
}

func inTurn(steps ...func(context.Context, site, string) error) func(context.Context, site, string) error {
	return func(ctx context.Context, s site, id string) error {
		for _, step := range steps {
			if err := step(ctx, s, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// bring takes a new tenant to a state.
func bring(ctx context.Context, s site, id string, to provision.State) error {
	switch to {
	case none:
		return nil
	case adoptable:
		return makeAdoptable(ctx, s, id)
	case provision.Active:
		return create(ctx, s, id)
	case upgraded:
		return inTurn(create, upgradeOne)(ctx, s, id)
	case provision.Suspended:
		return inTurn(create, suspend)(ctx, s, id)
	case provision.Dropped:
		return inTurn(create, suspend, drop)(ctx, s, id)
	}
	return errors.New("unknown state " + string(to))
}

// archive is the file of a tenant's archive.
func (s site) archive(id string) string { return filepath.Join(s.dir, id+".dump") }

func export(ctx context.Context, s site, id string) error {
	tools, err := pgarchive.Find("", s.dsn)
	if err != nil {
		return err
	}
	_, err = tools.Export(ctx, s.p, id, s.archive(id), pgarchive.Options{})
	return err
}

// original is the tenant of which all imported ones are.
const original = "original"

func makeArchive(ctx context.Context, s site, _ string) error {
	if _, err := os.Stat(s.archive(original)); err == nil {
		return nil
	}
	return inTurn(create, fillRows, export)(ctx, s, original)
}

func fillRows(ctx context.Context, s site, id string) error {
	_, err := s.db.ExecContext(ctx, fmt.Sprintf(
		`INSERT INTO "tenant_%s".docbasket (name) SELECT 'basket ' || i FROM generate_series(1, %d) AS i`, id, *rows))
	return err
}

func importArchive(ctx context.Context, s site, id string) error {
	return s.importFrom(ctx, s.archive(original), provision.ImportOptions{ID: id})
}

func restore(ctx context.Context, s site, id string) error {
	return s.importFrom(ctx, s.archive(id), provision.ImportOptions{Restore: true})
}

func (s site) importFrom(ctx context.Context, file string, o provision.ImportOptions) error {
	tools, err := pgarchive.Find("", s.dsn)
	if err != nil {
		return err
	}
	a, err := tools.Open(ctx, file)
	if err != nil {
		return err
	}
	defer a.Close()
	_, err = s.p.Import(ctx, a.Manifest, a.Section, o)
	return err
}
