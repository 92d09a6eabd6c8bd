package provision

import (
	"context"
	"database/sql"
)

// tryDDL makes a tenant as Create does, except for the registry row, and takes it back: roles are transactional, too.
// DocEX's own tables are tried by docex's tests.
func (p *Provisioner) tryDDL(ctx context.Context, tx *sql.Tx, in installation) error {
	if p.cfg.DDL == nil && p.cfg.Seed == nil {
		return nil
	}
	strategy, err := newStrategy(p.cfg.Strategy, in.distribution)
	if err != nil {
		return err
	}
	return aside(ctx, tx, func() error { return p.build(ctx, tx, strategy, in, in.rehearsal()) })
}

// aside runs f in a transaction and takes back what it did, settings included. An error ends the whole transaction.
func aside(ctx context.Context, tx *sql.Tx, f func() error) error {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT aside`); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT aside; RELEASE SAVEPOINT aside`)
	return err
}
