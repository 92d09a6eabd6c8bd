package provision

import (
	"context"
	"database/sql"
)

// suspendOnCoordinator suspends a tenant while a worker is down, for which cause is the error. The application works on
// the coordinator, so the tenant is stopped; a worker's rights matter to those alone who log in there. Suspending it
// again sends the same to all workers, also where the coordinator has nothing left to revoke. It is recorded as done,
// with what is not.
func (p *Provisioner) suspendOnCoordinator(ctx context.Context, id string, cause error) error {
	err := p.change(ctx, "suspend", id, func(tx *sql.Tx, in installation, t Tenant) (string, error) {
		const local = `SELECT pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true)`
		if _, err := tx.ExecContext(ctx, local); err != nil {
			return "", err
		}
		detail, err := p.stateChange(Suspended, revokeUse)(ctx, tx, in, t)
		return detail + "; on the coordinator only, as a worker is down", err
	})
	if err != nil {
		return err
	}
	return &CitusError{Missing: "worker", Err: cause, Suspended: true, Remedy: "the tenant is suspended on the " +
		"coordinator, where programs work for it; the workers keep its role's rights until you suspend it again, when all " +
		"of them are up"}
}

// impatient bounds how long Citus waits for a worker that is silent, 30 s otherwise. A tenant that is to be stopped has
// to be stopped.
func (in installation) impatient(ctx context.Context, tx *sql.Tx) error {
	if in.distribution != Citus {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_catalog.set_config('citus.node_connection_timeout', '5s', true)`)
	return err
}
