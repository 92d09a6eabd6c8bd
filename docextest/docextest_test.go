package docextest_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/docextest"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

const ddl = "CREATE TABLE document (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)"

func config() docextest.Config {
	return docextest.Config{Provision: provision.Config{DDL: provision.DDLString(ddl)}}
}

// limited is config on a server that a role without superuser has been given. Its databases are not copied.
func limited(t *testing.T) docextest.Config {
	t.Helper()
	db := docextest.New(t, config())
	role := "limited_" + strings.ToLower(rand.Text())
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Admin.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE ROLE " + role + " LOGIN CREATEDB CREATEROLE PASSWORD 'sesame'")
	t.Cleanup(func() { exec("DROP ROLE " + role) })
	u, err := url.Parse(db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "sesame")
	c := config()
	c.DSN = u.String()
	return c
}

func add(ctx context.Context, db *docextest.DB, name string) error {
	_, err := db.ExecContext(ctx, "INSERT INTO document (name) VALUES ($1)", name)
	return err
}

func wantCount(t *testing.T, ctx context.Context, db *docextest.DB, want int) {
	t.Helper()
	var n int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM document").Scan(&n)
	if err != nil || n != want {
		t.Errorf("%d documents, %v; want %d", n, err, want)
	}
}

// Each test has a database of its own, with tenants of the same ids, at the same time.
func TestDatabasesAreApart(t *testing.T) {
	for kind, cfg := range map[string]docextest.Config{"copied": config(), "made": limited(t)} {
		for i := range 3 {
			t.Run(fmt.Sprint(kind, i), func(t *testing.T) {
				t.Parallel()
				db := docextest.New(t, cfg)
				acme, globex := db.Tenant(t, "acme"), db.Tenant(t, "globex")
				if err := errors.Join(add(acme, db, "a"), add(acme, db, "b"), add(globex, db, "c")); err != nil {
					t.Fatal(err)
				}
				wantCount(t, acme, db, 2)
				wantCount(t, globex, db, 1)
				if _, err := db.ExecContext(acme, "DELETE FROM tenant_globex.document"); !errors.Is(err, guard.ErrDenied) {
					t.Errorf("the guard: %v", err)
				}
				for _, id := range []string{"acme", "globex"} {
					if err := db.Provisioner.Verify(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
				if err := db.Provisioner.Suspend(t.Context(), "acme"); err != nil {
					t.Fatal(err)
				}
				if err := add(acme, db, "d"); !errors.Is(err, scope.ErrTenantSuspended) {
					t.Errorf("suspended: %v", err)
				}
				wantCount(t, globex, db, 1)
			})
		}
	}
}

// The login of the application may do nothing of its own, in a copy as elsewhere.
func TestSecondWall(t *testing.T) {
	t.Parallel()
	db := docextest.New(t, config())
	db.Tenant(t, "acme")
	app, err := sql.Open("pgx", db.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	var role string
	if err := app.QueryRow("SELECT current_user").Scan(&role); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"SELECT * FROM tenant_acme.document", "SELECT * FROM docex_system.tenant", "CREATE TABLE public.x ()",
	} {
		if _, err := app.Exec(text); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", text, err)
		}
	}
	var others int
	const members = `SELECT count(*) FROM pg_roles WHERE rolname LIKE 'docex\_app\_%' AND rolname <> $1 AND
 (has_database_privilege(oid, current_database(), 'TEMP') OR has_schema_privilege(oid, 'docex_system', 'USAGE'))`
	if err := db.Admin.QueryRow(members, role).Scan(&others); err != nil || others != 0 {
		t.Errorf("%d logins of other databases have rights here, %v", others, err)
	}
}

// A URL may name its login in the query. The application's is another one all the same.
func TestLoginInQuery(t *testing.T) {
	t.Parallel()
	cfg := limited(t)
	u, err := url.Parse(cfg.DSN)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	q := u.Query()
	q.Set("user", u.User.Username())
	q.Set("password", password)
	u.User, u.RawQuery = nil, q.Encode()
	cfg.DSN = u.String()
	db := docextest.New(t, cfg)
	acme := db.Tenant(t, "acme")
	var login string
	if err := db.QueryRowContext(acme, "SELECT session_user").Scan(&login); err != nil ||
		!strings.HasPrefix(login, "docex_app_") {
		t.Errorf("the application's login is %q, %v", login, err)
	}
}

// Neither database nor roles stay, though somebody is connected still. A role of somebody else's does.
func TestNothingStays(t *testing.T) {
	t.Parallel()
	outer := docextest.New(t, config())
	var open []*sql.DB // until the end
	defer func() {
		for _, app := range open {
			_ = app.Close()
		}
	}()
	for kind, cfg := range map[string]docextest.Config{"copied": config(), "made": limited(t)} {
		var database string
		var roles string // OIDs: names may change
		theirs := "theirs_" + strings.ToLower(rand.Text())
		t.Run(kind, func(t *testing.T) {
			db := docextest.New(t, cfg)
			if err := errors.Join(add(db.Tenant(t, "acme"), db, "a"), add(db.Tenant(t, "globex"), db, "a")); err != nil {
				t.Error(err)
			}
			app, err := sql.Open("pgx", db.AppDSN)
			if err := errors.Join(err, app.Ping()); err != nil {
				t.Fatal(err)
			}
			open = append(open, app)
			if _, err := db.Admin.Exec("CREATE ROLE " + theirs + "; GRANT USAGE ON SCHEMA public TO " + theirs); err != nil {
				t.Fatal(err)
			}
			const of = `SELECT current_database(), (SELECT string_agg(r.oid::text, ' ') FROM pg_roles AS r,
  docex_system.installation WHERE starts_with(rolname, shared_role) OR rolname = app_role)`
			if err := db.Admin.QueryRow(of).Scan(&database, &roles); err != nil {
				t.Fatal(err)
			}
		})
		if n := len(strings.Fields(roles)); n != 4 { // the login, the shared one, and one for each tenant
			t.Errorf("%s: %d roles", kind, n)
		}
		var left int
		const there = `SELECT (SELECT count(*) FROM pg_database WHERE datname = $1) +
 (SELECT count(*) FROM pg_roles WHERE oid::text = ANY (string_to_array($2, ' ')))`
		if err := outer.Admin.QueryRow(there, database, roles).Scan(&left); err != nil || left != 0 {
			t.Errorf("%s: %d are left, %v", kind, left, err)
		}
		if _, err := outer.Admin.Exec("DROP ROLE " + theirs); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// Code that passes no context has a handle for one tenant, and a copy has no tenants but the test's.
func TestBound(t *testing.T) {
	t.Parallel()
	for range 2 {
		db := docextest.New(t, config())
		bound := db.Bound(t, "docextest") // the id of the tenant that the copied database has had
		if _, err := bound.Exec("INSERT INTO document (name) VALUES ('a')"); err != nil {
			t.Error(err)
		}
		wantCount(t, db.Tenant(t, "globex"), db, 0)
		list, err := db.Provisioner.List(t.Context(), provision.ListOptions{})
		if err != nil || len(list) != 2 {
			t.Errorf("tenants: %v, %v", list, err)
		}
	}
}

// Each configuration is prepared by itself, with what the administrator has set up.
func TestSetup(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Setup = provision.DDLString("CREATE SCHEMA ref; CREATE TABLE ref.country (name text);" +
		"INSERT INTO ref.country VALUES ('Chad')")
	cfg.Provision.SharedSchemas = []string{"ref"}
	cfg.Provision.Seed = provision.DDLString("INSERT INTO document (name) VALUES ('seeded')")
	cfg.Driver.Policy.SharedSchemas = []string{"ref"}
	for range 2 {
		db := docextest.New(t, cfg)
		acme := db.Tenant(t, "acme")
		wantCount(t, acme, db, 1)
		var country string
		if err := db.QueryRowContext(acme, "SELECT name FROM ref.country").Scan(&country); err != nil || country != "Chad" {
			t.Errorf("got %q, %v", country, err)
		}
	}
	other := config()
	other.Provision.SystemSchema, other.Driver.SystemSchema = "registry", "registry"
	without := config()
	without.Provision.NoTenantRoles = true
	for _, cfg := range []docextest.Config{config(), other, without} {
		db := docextest.New(t, cfg)
		wantCount(t, db.Tenant(t, "acme"), db, 0)
	}
}

// Folders differ in what their files hold, also where those are links of one name.
func TestLinkedSetup(t *testing.T) {
	t.Parallel()
	setups := map[string]string{"a": "", "b": ""}
	for table := range setups {
		folder := t.TempDir()
		setups[table] = filepath.Join(folder, "setup")
		err := errors.Join(os.WriteFile(filepath.Join(folder, "x.sql"), []byte("CREATE TABLE "+table+" ()"), 0o600),
			os.Mkdir(setups[table], 0o700), os.Symlink("../x.sql", filepath.Join(setups[table], "x.sql")))
		if err != nil {
			t.Fatal(err)
		}
	}
	for table, setup := range setups {
		cfg := config()
		cfg.Setup = os.DirFS(setup)
		if _, err := docextest.New(t, cfg).Admin.Exec("SELECT FROM " + table); err != nil {
			t.Error(err)
		}
	}
}

// What is wrong with a configuration fails the test, and says what it is.
func TestWrongConfiguration(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*docextest.Config)
		want   string
	}{
		"DDL": {func(c *docextest.Config) {
			c.Provision.DDL = provision.DDLString("CREATE TABLE a.b ()")
		}, "ddl.sql:1"},
		"no DDL": {func(c *docextest.Config) {
			c.Provision.DDL = os.DirFS("nowhere")
		}, "Config.Provision.DDL: open .: no such file or directory; tests run in the folder of their package"},
		"DDL, on a server": {func(c *docextest.Config) {
			c.Provision.DDL = provision.DDLString("CREATE TABLE b (LIKE c)")
		}, `relation "c" does not exist`},
		"setup": {func(c *docextest.Config) {
			c.Setup = provision.DDLString("SELECT 1/0")
		}, "ddl.sql: ERROR: division by zero"},
		"no setup": {func(c *docextest.Config) { c.Setup = os.DirFS(t.TempDir()) }, "Setup has no file *.sql"},
		"driver":   {func(c *docextest.Config) { c.Driver.MaxTenants = -1 }, "MaxTenants"},
		"no URL":   {func(c *docextest.Config) { c.DSN = "host=db password=sesame" }, "Config.DSN must be a URL"},
		"password": {func(c *docextest.Config) {
			c.DSN = "postgres://u:a@sesame@127.0.0.1:1/db?sslmode=sesam"
		}, "sslmode is invalid"},
		"no server": {func(c *docextest.Config) { c.DSN = "postgres://u:sesame@127.0.0.1:1/db" }, "the server of Config.DSN"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			tt.change(&cfg)
			for range 2 { // every test that asks for it hears the reason
				if got := failure(t, cfg); !strings.Contains(got, tt.want) || strings.Contains(got, "sesame") {
					t.Errorf("got %s, want …%s…", got, tt.want)
				}
			}
		})
	}
	t.Run("no rights", func(t *testing.T) {
		cfg := config()
		cfg.DSN = docextest.New(t, config()).AppDSN
		if got := failure(t, cfg); !strings.Contains(got, "a role with CREATEDB and CREATEROLE") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		db := docextest.New(t, config())
		cfg := config()
		u, err := url.Parse(db.AdminDSN)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), "sesame")
		cfg.DSN = u.String()
		const want = "password authentication failed"
		if got := failure(t, cfg); !strings.Contains(got, want) || strings.Contains(got, "sesame") {
			t.Errorf("got %s", got)
		}
	})
}

// Tests that differ in the driver's configuration share what is copied, and not the mistakes in it.
func TestWrongDriverConfigurationIsOfOneTest(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Provision.DDLVersion = "of this test alone"
	wrong := cfg
	wrong.Driver.MaxTenants = -1
	if got := failure(t, wrong); !strings.Contains(got, "MaxTenants") {
		t.Errorf("got %s", got)
	}
	db := docextest.New(t, cfg)
	wantCount(t, db.Tenant(t, "acme"), db, 0)
}

// failure returns with what New fails a test.
func failure(t *testing.T, cfg docextest.Config) (message string) {
	t.Helper()
	defer func() { message = fmt.Sprint(recover()) }()
	docextest.New(failing{t}, cfg)
	t.Error("no failure")
	return ""
}

type failing struct{ testing.TB }

func (failing) Fatal(args ...any)              { panic(fmt.Sprint(args...)) }
func (failing) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

// envChild is set in a test process of another one's.
const envChild = "DOCEXTEST_CHILD"

// A machine without PostgreSQL skips the tests, and CI fails them. Both say what to do.
func TestMissingServer(t *testing.T) {
	if os.Getenv(envChild) != "" {
		docextest.New(t, config())
		return
	}
	t.Parallel()
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "CI=") || strings.HasPrefix(v, "DATABASE_URL=")
	})
	env = append(env, envChild+"=1", "DOCEX_PG_BIN="+t.TempDir())
	for ci, want := range map[string]string{"": "--- SKIP", "true": "--- FAIL"} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMissingServer$", "-test.v")
		child.Env = append(env, "CI="+ci)
		out, err := child.CombinedOutput()
		if got := string(out); !strings.Contains(got, want) || !strings.Contains(got, "install PostgreSQL 15 or newer") ||
			(err != nil) != (ci != "") {
			t.Errorf("CI=%s: %v\n%s", ci, err, got)
		}
	}
}

// A variable names the server, and what is made on it goes with the tests.
func TestDatabaseURL(t *testing.T) {
	cfg := limited(t)
	t.Setenv("DATABASE_URL", cfg.DSN)
	cfg.DSN = ""
	db := docextest.New(t, cfg)
	var owner string
	const who = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
	if err := db.Admin.QueryRow(who).Scan(&owner); err != nil || !strings.HasPrefix(owner, "limited_") {
		t.Errorf("the database is %q's, %v", owner, err)
	}
	if err := add(db.Tenant(t, "acme"), db, "a"); err != nil {
		t.Error(err)
	}
}
