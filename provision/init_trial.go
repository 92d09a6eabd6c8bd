package provision

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"

	"github.com/docex/docex/scope"
)

// tryDDL makes a tenant as Create does, except for the registry row, and rolls it back to a savepoint: roles are
// transactional, too. The tenant's id is random, so that it is nobody's. DocEX's own tables are tried by docex's tests.
func (p *Provisioner) tryDDL(ctx context.Context, tx *sql.Tx, in installation) error {
	if in.distribution != Local || p.cfg.DDL == nil && p.cfg.Seed == nil {
		return nil
	}
	id := trialID()
	schema, err := scope.SchemaName(id)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `SAVEPOINT docex_trial`); err != nil {
		return err
	}
	if err := p.build(ctx, tx, localSchemas{}, in, Tenant{ID: id, Schema: schema, Role: in.roleFor(id)}); err != nil {
		return err // which ends the whole transaction
	}
	_, err = tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT docex_trial`)
	return err
}

func trialID() string {
	var b [12]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return "trial-" + hex.EncodeToString(b[:])
}
