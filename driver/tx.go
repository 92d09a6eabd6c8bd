package driver

import (
	sqldriver "database/sql/driver"

	"github.com/docex/docex/internal/session"
)

// tx is a transaction begun by BeginTx. It needs no tenant to end: database/sql rolls back when a context ends.
type tx struct {
	inner   sqldriver.Tx
	session *session.Session
}

var _ sqldriver.Tx = (*tx)(nil)

// Commit is called once, by sql.Tx. When the connection is lost on the way, the error is [ErrOutcomeUnknown]. So
// is what Citus answers when a worker may have committed.
func (t *tx) Commit() error {
	done := t.session.Own("commit")
	err := t.inner.Commit()
	done()
	if err == sqldriver.ErrBadConn {
		err = session.ErrGone
	}
	return forPool(t.session.Committed(err))
}

// Rollback is called once, by sql.Tx.
func (t *tx) Rollback() error {
	defer t.session.RolledBack()
	defer t.session.Own("rollback")()
	return t.inner.Rollback()
}
