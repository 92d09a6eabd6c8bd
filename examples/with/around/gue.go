package around

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/docex/docex/scope"
	"github.com/vgarvardt/gue/v5"
	"github.com/vgarvardt/gue/v5/adapter/libpq"
)

// NewGue returns a client for all tenants. gue's migrations/schema.sql is one table, which can stand in the DDL as it
// is. Nothing has to be opened: gue polls, and says which row is taken by FOR UPDATE SKIP LOCKED.
func NewGue(db *sql.DB) (*gue.Client, error) { return gue.NewClient(libpq.NewConnPool(db)) }

// AddDocument adds a document and the job to archive it in one transaction of the tenant that ctx names.
func AddDocument(ctx context.Context, db *sql.DB, client *gue.Client, title string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "INSERT INTO document (title) VALUES ($1)", title); err != nil {
		return err
	}
	if err := client.EnqueueTx(ctx, &gue.Job{Type: "archive", Args: []byte(title)}, libpq.NewTx(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// WorkGue returns a worker. It is for one tenant: start it by Run with a context that has a UserContext. gue's own
// statements and the handlers get it. Without one it works nothing, and Run does not say so: failed hears of it.
func WorkGue(client *gue.Client, failed func(error)) (*gue.Worker, error) {
	hook := func(_ context.Context, _ *gue.Job, err error) {
		if err != nil {
			failed(err)
		}
	}
	return gue.NewWorker(client, gue.WorkMap{"archive": archive}, gue.WithWorkerHooksJobLocked(hook))
}

// archive works in the transaction that holds the job, so both are done or neither is.
func archive(ctx context.Context, job *gue.Job) error {
	uc, err := scope.From(ctx)
	if err != nil {
		return err
	}
	tx, ok := libpq.UnwrapTx(job.Tx())
	if !ok {
		return fmt.Errorf("a transaction of another adapter: %T", job.Tx())
	}
	_, err = tx.ExecContext(ctx, "UPDATE document SET archived_by = $1 WHERE title = $2", uc.UserID, string(job.Args))
	return err
}
