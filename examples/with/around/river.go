package around

import (
	"context"
	"database/sql"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

// OpenRiver opens a handle for River and for what shares a transaction with it. River calls pg_notify at each insert,
// also where nobody listens, and again when a leader resigns. The guard refuses that by default, because the whole
// database hears it. The channel has the tenant's schema in its name, and no tenant's statement can LISTEN.
//
// Nothing else has to be opened. The driver asks the server for the function of River's own that its unique jobs call.
func OpenRiver(dsn string) (*sql.DB, error) {
	c, err := driver.NewConnector(dsn, driver.Config{Policy: guard.Policy{AllowFunctions: []string{"pg_notify"}}})
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// NewRiver returns the client by which requests insert jobs: one for all tenants. Each call's context says whose job it
// is, and InsertTx puts it into the transaction of that tenant.
func NewRiver(db *sql.DB) (*river.Client[*sql.Tx], error) {
	return river.NewClient(riverdatabasesql.New(db), &river.Config{})
}

// WorkRiver starts a worker for one tenant, whose queue is a table of its own. River's own statements and the context
// that handlers get have the worker's UserContext.
//
// PollOnly, since LISTEN needs a session of its own. Reindexing is the table owner's, who is the administrator.
func WorkRiver(ctx context.Context, db *sql.DB, worker scope.UserContext) (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &Archiver{db: db}); err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverdatabasesql.New(db), &river.Config{
		PollOnly: true, FetchPollInterval: 100 * time.Millisecond,
		ReindexerSchedule: river.NeverSchedule(),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		Workers:           workers,
	})
	if err != nil {
		return nil, err
	}
	return client, client.Start(scope.With(ctx, worker))
}

// ArchiveArgs is a job. It says who asked for it, since the handler's context has the worker's UserContext.
type ArchiveArgs struct {
	Title string `json:"title"`
	By    string `json:"by"`
}

func (ArchiveArgs) Kind() string { return "archive" }

// Archiver works the jobs of whatever tenant's queue it is started for.
type Archiver struct {
	river.WorkerDefaults[ArchiveArgs]
	db *sql.DB
}

// Work works on behalf of the user who asked. The tenant is the worker's: a job cannot name another one.
func (a *Archiver) Work(ctx context.Context, job *river.Job[ArchiveArgs]) error {
	uc, err := scope.From(ctx)
	if err != nil {
		return err
	}
	uc.UserID = job.Args.By
	_, err = a.db.ExecContext(scope.With(ctx, uc),
		"UPDATE document SET archived_by = current_setting('docex.user_id') WHERE title = $1", job.Args.Title)
	return err
}

// MigrateRiver brings River's tables in a tenant to a version, by the administrator, and has docex record the result
// under p's DDL. Start from a DDL that has River's tables: migrate an empty database, and import its dump as
// docs/ddl.md says. Put the rows of river_migration into the seed. River's migrations themselves cannot be the DDL: one
// is a DO block.
func MigrateRiver(ctx context.Context, admin *sql.DB, p *provision.Provisioner, t provision.Tenant, version int) error {
	migrator, err := rivermigrate.New(riverdatabasesql.New(admin), &rivermigrate.Config{Schema: t.Schema})
	if err != nil {
		return err
	}
	o := &rivermigrate.MigrateOpts{TargetVersion: version}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, o); err != nil {
		return err
	}
	_, err = p.Reseal(ctx, t.ID)
	return err
}
