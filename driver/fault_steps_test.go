package driver_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

// faultSteps are what TestFaultsUnderLoad does, at random. Each returns what is then known of its row.
var faultSteps = []struct {
	name string
	run  func(faultStep) (outcome, error)
}{
	{"read", faultStep.read},
	{"write", faultStep.write},
	{"write by query", faultStep.writeByQuery},
	{"write as text", faultStep.writeAsText},
	{"prepared write", faultStep.writePrepared},
	{"copy", faultStep.writeCopy},
	{"commit", faultStep.commit},
	{"rollback", faultStep.rollback},
}

// faultStep is one operation for a tenant, with the name of the row that it writes.
type faultStep struct {
	db     *sql.DB
	ctx    context.Context
	tenant string
	row    string
}

func (s faultStep) read() (outcome, error) {
	rows, err := s.db.QueryContext(s.ctx, "SELECT name, description FROM docbasket ORDER BY id LIMIT 200")
	if err != nil {
		return undone, err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var name, owner string
		if err := rows.Scan(&name, &owner); err != nil {
			return undone, err
		}
		if owner != s.tenant && name != s.tenant {
			return undone, fmt.Errorf("%w: %s saw %s of %q", errWrongRows, s.tenant, name, owner)
		}
	}
	if rows.Err() == nil && n == 0 {
		return undone, fmt.Errorf("%w: %s saw none", errWrongRows, s.tenant)
	}
	return undone, rows.Err()
}

func (s faultStep) write() (outcome, error) {
	_, err := s.db.ExecContext(s.ctx, insertOwn, s.row, s.tenant)
	return written(err)
}

func (s faultStep) writeByQuery() (outcome, error) {
	var got string
	err := s.db.QueryRowContext(s.ctx, insertOwn+" RETURNING name", s.row, s.tenant).Scan(&got)
	if err == nil && got != s.row {
		err = fmt.Errorf("%w: %s wrote %s and got %s", errWrongRows, s.tenant, s.row, got)
	}
	return written(err)
}

func (s faultStep) writeAsText() (outcome, error) {
	_, err := s.db.ExecContext(s.ctx, fmt.Sprintf("INSERT INTO docbasket (name, description) VALUES ('%s', '%s')", s.row, s.tenant))
	return written(err)
}

func (s faultStep) writePrepared() (outcome, error) {
	p, err := s.db.PrepareContext(s.ctx, insertOwn)
	if err != nil {
		return undone, err
	}
	defer p.Close()
	_, err = p.ExecContext(s.ctx, s.row, s.tenant)
	return written(err)
}

func (s faultStep) writeCopy() (outcome, error) {
	c, err := s.db.Conn(s.ctx)
	if err != nil {
		return undone, err
	}
	defer c.Close()
	_, err = driver.CopyFrom(s.ctx, c, "docbasket", []string{"name", "description"}, pgx.CopyFromRows([][]any{{s.row, s.tenant}}))
	return written(err)
}

func (s faultStep) commit() (outcome, error) {
	tx, err := s.begun()
	if err != nil {
		return undone, err
	}
	return written(tx.Commit())
}

func (s faultStep) rollback() (outcome, error) {
	tx, err := s.begun()
	if err != nil {
		return undone, err
	}
	return undone, tx.Rollback()
}

// begun returns a transaction that has written the row.
func (s faultStep) begun() (*sql.Tx, error) {
	tx, err := s.db.BeginTx(s.ctx, nil)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(s.ctx, insertOwn, s.row, s.tenant); err != nil {
		_ = tx.Rollback() // the connection may be gone
		return nil, err
	}
	return tx, nil
}

// written is what is known after a write that ended with err.
func written(err error) (outcome, error) {
	if err == nil {
		return committed, nil
	}
	return doubtful, err
}
