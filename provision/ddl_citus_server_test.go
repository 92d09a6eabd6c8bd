package provision

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// citusCluster makes tenants of any DDL on the cluster of the tests, as an administrator who is no superuser.
type citusCluster struct {
	db    *sql.DB
	admin string
	n     int
}

func openCitus(t *testing.T) *citusCluster {
	t.Helper()
	if !pgtest.Citus() {
		t.Skip("there is no Citus")
	}
	c := &citusCluster{db: pgtest.NewDB(t).Admin(t), admin: "docex_rules_" + strings.ToLower(rand.Text()[:8])}
	c.must(t, "CREATE ROLE "+c.admin+" LOGIN CREATEROLE", "DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO "+
		c.admin+"', current_database()); END $$")
	t.Cleanup(func() {
		c.must(t, "DROP OWNED BY "+c.admin+" CASCADE", "DROP ROLE "+c.admin)
	})
	return c
}

func (c *citusCluster) must(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := c.db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// make makes a tenant, and distributes it. It returns its name, and what Citus has against the DDL.
func (c *citusCluster) make(ctx context.Context, ddl string, distributed bool) (string, error) {
	c.n++
	name := fmt.Sprintf("%s_%d", c.admin, c.n)
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() {
		conn.ExecContext(ctx, "ROLLBACK")
		conn.ExecContext(ctx, "RESET ROLE; RESET search_path")
		conn.Close()
	}()
	fill := func(s string) string { return expand(s, "t", name, "r", "r_"+name) }
	statements := []string{
		"SET ROLE " + c.admin,
		"BEGIN",
		fill(`SET LOCAL citus.enable_schema_based_sharding = off; CREATE ROLE {{r}} LOGIN; CREATE SCHEMA {{t}}`),
		fill(`GRANT USAGE ON SCHEMA {{t}} TO {{r}};
			ALTER DEFAULT PRIVILEGES IN SCHEMA {{t}} GRANT ALL ON TABLES TO {{r}};
			ALTER DEFAULT PRIVILEGES IN SCHEMA {{t}} GRANT ALL ON SEQUENCES TO {{r}};
			ALTER DEFAULT PRIVILEGES IN SCHEMA {{t}} GRANT EXECUTE ON ROUTINES TO {{r}}`),
		fill("SET LOCAL search_path = {{t}}, pg_temp"),
	}
	for _, s := range statementsIn(ddl) {
		statements = append(statements, "DO $do$BEGIN EXECUTE $ddl$"+s+"$ddl$; END$do$") // as apply_ddl does
	}
	if distributed {
		// Citus does not find the types of a routine's arguments by the tenant's search_path.
		statements = append(statements, "SET LOCAL search_path = pg_catalog, pg_temp",
			fill("SELECT citus_schema_distribute('{{t}}')"), fill("GRANT EXECUTE ON ALL ROUTINES IN SCHEMA {{t}} TO {{r}}"))
	}
	for _, s := range append(statements, "COMMIT") {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return name, err
		}
	}
	return name, nil
}

func statementsIn(ddl string) (all []string) {
	found, _ := sqlparse.ParseDDL(ddl, ddlLimits)
	for i, d := range found {
		end := len(ddl)
		if i+1 < len(found) {
			end = found[i+1].Offset
		}
		all = append(all, ddl[d.Offset:end])
	}
	return all
}

// use runs statements as a tenant.
func (c *citusCluster) use(ctx context.Context, name, statements string) error {
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		conn.ExecContext(ctx, "ROLLBACK")
		conn.ExecContext(ctx, "RESET ROLE; RESET search_path; RESET docex.user_id")
		conn.Close()
	}()
	all := append([]string{"SET docex.user_id = 'u1'", "SET ROLE r_" + name, "SET search_path = " + name},
		strings.Split(statements, ";")...)
	for _, s := range all {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// local returns the tables that are not distributed.
func (c *citusCluster) local(ctx context.Context, name string) (tables string, err error) {
	const query = `
SELECT COALESCE(string_agg(c.relname, ' '), '') FROM pg_class AS c
  LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
 WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND p.logicalrelid IS NULL`
	err = c.db.QueryRowContext(ctx, query, name).Scan(&tables)
	return tables, err
}

func (c *citusCluster) drop(t *testing.T, name string) {
	c.must(t, "DROP SCHEMA IF EXISTS "+name+" CASCADE", "DROP ROLE IF EXISTS r_"+name)
}

// What the rules refuse cannot be made on Citus, or fails in use; what they warn of fails in some use, and what they
// say nothing of is distributed and works.
func TestCitusAgrees(t *testing.T) {
	c := openCitus(t)
	ctx := t.Context()
	for _, k := range citusCases {
		name, err := c.make(ctx, k.ddl, true)
		made := k.fails != "" || k.refused == "" && (k.warned == "" || k.works != "")
		switch {
		case made && err != nil:
			t.Errorf("%s\ncannot be made: %v", k.ddl, err)
		case !made && err == nil:
			t.Errorf("%s\ncan be made", k.ddl)
		}
		if err == nil {
			c.inUse(t, k, name)
		}
		c.drop(t, name)
	}
}

func (c *citusCluster) inUse(t *testing.T, k citusCase, name string) {
	t.Helper()
	if tables, err := c.local(t.Context(), name); err != nil || tables != "" {
		t.Errorf("%s\nnot distributed: %s %v", k.ddl, tables, err)
	}
	if k.works != "" {
		if err := c.use(t.Context(), name, k.works); err != nil {
			t.Errorf("%s\n%v", k.ddl, err)
		}
	}
	if k.fails != "" {
		if err := c.use(t.Context(), name, k.fails); err == nil {
			t.Errorf("%s\n%s works", k.ddl, k.fails)
		}
	}
}

// Citus refuses the same scripts on a tenant that is there, and makes of the others what PostgreSQL does, with the same
// names.
func TestCitusAgreesOnScripts(t *testing.T) {
	c := openCitus(t)
	ctx := t.Context()
	name, err := c.make(ctx, citusBase, true)
	if err != nil {
		t.Fatal(err)
	}
	defer c.drop(t, name)
	local, err := c.make(ctx, citusBase, false)
	if err != nil {
		t.Fatal(err)
	}
	defer c.drop(t, local)
	for _, k := range citusScripts {
		got, err := c.run(ctx, name, k.script)
		want, localErr := c.run(ctx, local, k.script)
		switch {
		case localErr != nil:
			t.Errorf("%s\non one server: %v", k.script, localErr)
		case k.refused == "citus-name" && (err != nil || got == want):
			t.Errorf("%s\nnames %q: %v", k.script, got, err)
		case k.refused == "" && (err != nil || got != want):
			t.Errorf("%s\ngot  %s\nwant %s\n%v", k.script, got, want, err)
		case k.refused != "" && k.refused != "citus-name" && err == nil:
			t.Errorf("%s\nis done", k.script)
		}
	}
}

// run runs a script as apply_ddl does, returns the names of all constraints, and takes it back.
func (c *citusCluster) run(ctx context.Context, name, script string) (constraints string, err error) {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer tx.Rollback()
	statements := []string{"SET LOCAL citus.enable_schema_based_sharding = off", "SET LOCAL ROLE " + c.admin,
		"SET LOCAL search_path = " + name + ", pg_temp"}
	for _, s := range statementsIn(script) {
		statements = append(statements, "DO $do$BEGIN EXECUTE $ddl$"+s+"$ddl$; END$do$")
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return "", err
		}
	}
	const query = `
SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE connamespace = to_regnamespace($1)`
	err = tx.QueryRowContext(ctx, query, name).Scan(&constraints)
	return constraints, err
}
