package handles

import (
	"context"
	"database/sql"

	"github.com/docex/docex/provision"
)

// What the provisioner calls for a tenant is the administrator's work.
func maintain(ctx context.Context, p *provision.Provisioner) {
	p.WithTenant(ctx, "a", provision.WithOptions{}, func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE document ADD length int")
		return err
	})
	p.ForEachTenant(ctx, provision.ForEachOptions{}, shorten)
}

func shorten(ctx context.Context, tx *sql.Tx, t provision.Tenant) error {
	stmt, err := tx.Prepare("TRUNCATE document")
	if err == nil {
		_, err = stmt.Exec()
	}
	return err
}

func unlike(ctx context.Context, tx *sql.Tx, t string) {
	tx.ExecContext(ctx, "TRUNCATE document") // want `^sql: statement-kind: truncate`
}
