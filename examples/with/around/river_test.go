package around

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

const documents = "CREATE TABLE document (title text PRIMARY KEY, archived_by text);\n"

// riverConfig is what tenants are made of with River at a version: pg_dump of an empty database that River has
// migrated, through docex ddl import.
func riverConfig(t *testing.T, version int) provision.Config {
	t.Helper()
	pgtest.Clients(t, pgtest.Server(t))
	empty := pgtest.NewDB(t)
	m, err := rivermigrate.New(riverdatabasesql.New(empty.Admin(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &rivermigrate.MigrateOpts{TargetVersion: version}
	if _, err := m.Migrate(t.Context(), rivermigrate.DirectionUp, o); err != nil {
		t.Fatal(err)
	}
	dump, err := exec.CommandContext(t.Context(), "pg_dump", "--schema-only", "--dbname="+empty.AdminDSN).Output()
	if err != nil {
		t.Fatal(err)
	}
	ddl, err := pgdump.Import([]pgdump.Source{{Name: "dump", Text: dump}}, pgdump.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return provision.Config{
		DDL:        provision.DDLString(documents + ddl.Text),
		DDLVersion: fmt.Sprint(version),
		Seed: provision.DDLString(fmt.Sprintf(
			"INSERT INTO river_migration (line, version) SELECT 'main', n FROM generate_series(1, %d) AS n;", version)),
	}
}

func TestRiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, riverConfig(t, 6))
	w.tenants(t, "acme", "globex")
	riverMigrates(t, w)
	db, err := OpenRiver(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, db) })
	client, err := NewRiver(db)
	if err != nil {
		t.Fatal(err)
	}
	riverInserts(t, db, client)
	riverWorks(t, db, client)
	riverRefused(t, w)
}

// riverMigrates brings tenants to the newest River, and makes a tenant that has it from the beginning.
func riverMigrates(t *testing.T, w world) {
	cfg := riverConfig(t, 8)
	cfg.AppRole = w.AppRole
	p, err := provision.New(w.admin, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"acme", "globex"} {
		tenant, err := p.Get(t.Context(), id)
		must(t, err)
		must(t, MigrateRiver(t.Context(), w.admin, p, tenant, 8))
	}
	initech, err := p.Create(t.Context(), provision.Tenant{ID: "initech"})
	must(t, err)
	must(t, MigrateRiver(t.Context(), w.admin, p, initech, 8))
	for _, id := range []string{"acme", "globex", "initech"} {
		tenant, err := p.Get(t.Context(), id)
		if err != nil || tenant.DDLVersion != "8" || p.Behind(tenant) {
			t.Errorf("%+v, %v", tenant, err)
		}
		must(t, p.Verify(t.Context(), id))
	}
}

func riverInserts(t *testing.T, db *sql.DB, client *river.Client[*sql.Tx]) {
	for _, tenant := range []string{"acme", "globex"} {
		tx, err := db.BeginTx(as(tenant), nil)
		must(t, err)
		_, err = tx.ExecContext(as(tenant), "INSERT INTO document (title) VALUES ('plan'), ('bill')")
		must(t, err)
		_, err = client.InsertTx(as(tenant), tx, ArchiveArgs{"plan", "ann"}, nil)
		must(t, err)
		must(t, tx.Commit())
	}
	_, err := client.Insert(as("globex"), ArchiveArgs{"bill", "bob"}, nil)
	must(t, err)
	_, err = client.InsertMany(as("acme"), []river.InsertManyParams{{Args: ArchiveArgs{"x", "ann"}},
		{Args: ArchiveArgs{"y", "ann"}}})
	must(t, err)
	if a, g := riverJobs(t, db, "acme"), riverJobs(t, db, "globex"); a != 3 || g != 2 {
		t.Errorf("%d jobs of acme, %d of globex", a, g)
	}
	// A unique job is unique for its tenant.
	for _, tenant := range []string{"acme", "globex", "acme"} {
		_, err := client.Insert(as(tenant), ArchiveArgs{"once", "ann"},
			&river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}})
		must(t, err)
	}
	if a, g := riverJobs(t, db, "acme"), riverJobs(t, db, "globex"); a != 4 || g != 3 {
		t.Errorf("after unique jobs %d jobs of acme, %d of globex", a, g)
	}
	// On Bind a call needs no context.
	bound := driver.Bind(db, user("acme"))
	defer bound.Close()
	one, err := NewRiver(bound)
	must(t, err)
	cancelled, err := one.Insert(context.Background(), ArchiveArgs{"bill", "ann"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.JobCancel(as("acme"), cancelled.Job.ID)
	must(t, err)
}

func riverJobs(t *testing.T, db *sql.DB, tenant string) int {
	t.Helper()
	return value[int](t, db, as(tenant), "SELECT count(*) FROM river_job WHERE state = 'available'")
}

// riverWorks has a worker for globex alone: acme's jobs stay where they are.
func riverWorks(t *testing.T, db *sql.DB, inserting *river.Client[*sql.Tx]) {
	worker, err := WorkRiver(context.Background(), db, scope.UserContext{UserID: "worker", TenantID: "globex"})
	if err != nil {
		t.Fatal(err)
	}
	finished, cancel := worker.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed)
	defer cancel()
	_, err = inserting.Insert(as("globex"), ArchiveArgs{"last", "ann"}, &river.InsertOpts{Priority: 4})
	if err != nil {
		t.Fatal(err)
	}
	for done := false; !done; {
		e := <-finished
		if e.Kind != river.EventKindJobCompleted {
			t.Errorf("%s: %v", e.Job.EncodedArgs, e.Job.Errors)
		}
		done = strings.Contains(string(e.Job.EncodedArgs), "last")
	}
	must(t, worker.Stop(context.Background()))
	const by = "SELECT string_agg(title || ' by ' || archived_by, ', ' ORDER BY title) FROM document"
	if got := value[string](t, db, as("globex"), by); got != "bill by bob, plan by ann" {
		t.Errorf("globex has %s", got)
	}
	if n := riverJobs(t, db, "acme"); n != 4 {
		t.Errorf("acme has %d jobs", n)
	}
	const leader = "SELECT count(*) FROM river_leader"
	if n := value[int](t, db, as("globex"), leader); n != 0 {
		t.Error("the leader did not resign")
	}
}

// riverRefused: without the policy an insert is refused, and so is a job of nobody's. The tenant cannot change
// what River's migrations have done.
func riverRefused(t *testing.T, w world) {
	strict := w.open(t)
	client, err := NewRiver(strict)
	must(t, err)
	_, err = client.Insert(as("acme"), ArchiveArgs{}, nil)
	d, ok := errors.AsType[*guard.Denial](err)
	if !ok || d.Object != "pg_notify" || !strings.Contains(d.Hint, "Policy.AllowFunctions") {
		t.Errorf("without the policy: %v", err)
	}
	if _, err := client.Insert(context.Background(), ArchiveArgs{}, nil); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("for nobody: %v", err)
	}
	if _, err := strict.ExecContext(as("acme"), "DELETE FROM river_migration"); err == nil {
		t.Error("the tenant may write river_migration")
	}
	if _, err := strict.ExecContext(as("acme"), "REINDEX INDEX river_job_args_index"); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("reindexing: %v", err)
	}
}
