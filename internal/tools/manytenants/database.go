package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/provision"
)

// database is an initialised one.
type database struct {
	name, dsn string
	db        *sql.DB
	p         *provision.Provisioner
	shared    string // the role that all tenants' roles are members of
	ddl       string
}

const appPassword = "manytenants"

func newDatabase(ctx context.Context, server *pgserver.Server, name string, o options) (*database, error) {
	admin, err := sql.Open("pgx", server.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	app := name + "_app"
	for _, statement := range []string{
		"CREATE DATABASE " + name, "CREATE ROLE " + app + " LOGIN NOINHERIT PASSWORD '" + appPassword + "'",
	} {
		if _, err := admin.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	d := &database{name: name, dsn: server.DSN(name)}
	if d.ddl, err = readDDL(o.ddl); err != nil {
		return nil, err
	}
	if d.db, err = sql.Open("pgx", d.dsn); err != nil {
		return nil, err
	}
	if d.p, err = provision.New(d.db, provision.Config{AppRole: app, DDL: os.DirFS(o.ddl)}); err != nil {
		return nil, err
	}
	if err := d.p.Init(ctx); err != nil {
		return nil, err
	}
	d.shared, err = value[string](ctx, d.db, "SELECT shared_role FROM docex_system.installation")
	return d, err
}

func readDDL(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("no files *.sql in %s (run it in the root folder of the repository): %v", dir, err)
	}
	var ddl strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		ddl.Write(text)
	}
	return ddl.String(), nil
}

// create is what provision.Create sends, without its checks, in one transaction.
const create = `BEGIN;
CREATE ROLE {role} NOLOGIN; GRANT {role} TO {app}; CREATE SCHEMA {schema}; REVOKE ALL ON SCHEMA {schema}
  FROM PUBLIC, {app};
GRANT USAGE ON SCHEMA {schema} TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT EXECUTE ON ROUTINES TO {role};
SET LOCAL search_path = {schema}, pg_temp;
{ddl}
SET LOCAL search_path = pg_catalog, pg_temp;
GRANT {shared} TO {role};
INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, role_name, ddl_digest)
VALUES ('{id}', '{id}', 'schema', 'tenant_{id}', '{shared}_{id}', 'sha256:');
COMMIT;
`

// psql creates n tenants from number from on with one psql, and returns what that took, the start of psql included.
func (d *database) psql(ctx context.Context, from, n int) (time.Duration, error) {
	var script strings.Builder
	for i := from; i < from+n; i++ {
		id := tenantID(i)
		script.WriteString(strings.NewReplacer("{role}", `"`+d.shared+"_"+id+`"`, "{schema}", `"tenant_`+id+`"`, "{id}", id,
			"{app}", d.name+"_app", "{shared}", d.shared, "{ddl}", d.ddl).Replace(create))
	}
	start := time.Now()
	cmd := exec.CommandContext(ctx, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", d.dsn)
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("psql: %w\n%s", err, out)
	}
	return time.Since(start), nil
}

func (d *database) reportSize(ctx context.Context, out io.Writer) error {
	const query = `
SELECT format('%s in all, %s of it in pg_catalog, of that pg_attribute %s; pg_class has %s rows',
  pg_size_pretty(pg_database_size(current_database())),
              pg_size_pretty((SELECT sum(pg_total_relation_size(oid)) FROM pg_class
                WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r')),
              pg_size_pretty(pg_total_relation_size('pg_attribute')), (SELECT count(*) FROM pg_class))`
	size, err := value[string](ctx, d.db, query)
	fmt.Fprintf(out, "%s: %s\n", d.name, size)
	return err
}

// reportLists times the registry as a whole, a page from its middle, and one tenant.
func (d *database) reportLists(ctx context.Context, out io.Writer, o options) error {
	start := time.Now()
	all, err := d.p.List(ctx, provision.ListOptions{})
	if err != nil {
		return err
	}
	whole := time.Since(start)
	start = time.Now()
	if _, err := d.p.List(ctx, provision.ListOptions{After: tenantID(o.tenants / 2), Limit: 100}); err != nil {
		return err
	}
	page := time.Since(start)
	start = time.Now()
	_, err = d.p.Get(ctx, tenantID(o.tenants/2))
	fmt.Fprintf(out, "List of all %d: %s; of 100 from the middle: %s; Get: %s\n", len(all), whole, page, time.Since(start))
	return err
}

func (d *database) reportVerify(ctx context.Context, out io.Writer, o options) error {
	start := time.Now()
	verified, differ := 0, 0
	err := d.p.VerifyAll(ctx, o.workers, func(_ provision.Tenant, err error) {
		verified++
		if err != nil {
			differ++
			fmt.Fprintln(out, err)
		}
	})
	took := time.Since(start)
	fmt.Fprintf(out, "VerifyAll: %d tenants, %d differ, %s with %d workers, %.0f/s\n", verified, differ,
		took.Round(time.Millisecond), o.workers,
		float64(verified)/took.Seconds())
	if err == nil && (differ > 0 || verified != o.tenants) {
		err = fmt.Errorf("%d of %d tenants are as they should be", verified-differ, o.tenants)
	}
	return err
}
