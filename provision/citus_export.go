package provision

import (
	"context"
	"database/sql"
	"fmt"
)

// exportStill makes an archive of a suspended tenant on Citus. An exported snapshot is the coordinator's: a worker
// takes its own when a session's first statement reaches it, so that what the dump reads and what is counted are not of
// one moment while somebody writes. Nobody does under settle's locks, which Citus takes on every node.
func (p *Provisioner) exportStill(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, dump DumpFunc,
) (Manifest, error) {
	if t.State != Suspended {
		return Manifest{}, fmt.Errorf("%w: on Citus, whose workers see other moments than the coordinator, an "+
			"archive can be proved complete for a suspended tenant only", ErrTenantActive)
	}
	if _, err := tx.ExecContext(ctx, noTimeouts); err != nil {
		return Manifest{}, err
	}
	return p.archive(ctx, tx, in, t, dump)
}
