package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/scope"
)

// tenantSession runs statements for one tenant and user on one guarded connection, so that transactions can span them. Not
// safe for concurrent use.
type tenantSession struct {
	db   *sql.DB
	uc   scope.UserContext
	conn *sql.Conn // nil until a statement needs it
	tx   txState
}

// txState is where a session is in a transaction.
type txState uint8

const (
	txNone   txState = iota
	txOpen           // in a transaction block
	txFailed         // in one that takes nothing but its end, or a savepoint's
)

// errTransactionLost joins an error that has cost the connection, and with it an open transaction.
var errTransactionLost = errors.New("the connection is closed, and the transaction on it is rolled back")

// close ends the session. What was not committed is rolled back.
func (s *tenantSession) close() error {
	s.drop()
	return s.db.Close()
}

func (s *tenantSession) drop() {
	if s.conn != nil {
		s.awaitCleanup()
		_ = s.conn.Close() // it matters to nobody any more
		s.conn, s.tx = nil, txNone
	}
}

// cleanupTime bounds the wait for a server that may be out of reach.
const cleanupTime = 5 * time.Second

// awaitCleanup waits until the server has ended a cancelled statement, which it is told in the background.
func (s *tenantSession) awaitCleanup() {
	_ = s.conn.Raw(func(dc any) error {
		if c, ok := dc.(interface{ CleanupDone() <-chan struct{} }); ok {
			select {
			case <-c.CleanupDone():
			case <-time.After(cleanupTime):
			}
		}
		return nil
	}) // a connection that is gone has nothing to wait for
}

// run runs one statement, writes what it returns to w, and keeps book of the transaction. The error is a *statementError.
func (s *tenantSession) run(ctx context.Context, statement string, args []any, w resultWriter) error {
	tag, err := s.send(scope.With(ctx, s.uc), statement, args, w)
	lost := s.settle(kindOf(statement), err)
	if err == nil {
		err = w.end(tag)
	}
	if err == nil {
		return nil
	}
	explained := explainStatement(statement, err)
	if lost {
		return errors.Join(explained, errTransactionLost)
	}
	return explained
}

// send returns the server's name for what was done. The driver's batches are the one way to values as the server writes
// them, and to that name; what they do not take, such as BEGIN, returns no rows.
func (s *tenantSession) send(ctx context.Context, statement string, args []any, w resultWriter) (tag string, err error) {
	if s.conn == nil {
		if s.conn, err = s.db.Conn(ctx); err != nil {
			s.conn = nil
			return "", err
		}
	}
	var b pgx.Batch
	b.Queue(statement, args...).Query(func(rows pgx.Rows) error {
		err := writeRows(rows, w)
		tag = rows.CommandTag().String()
		return err
	})
	err = driver.SendBatch(ctx, s.conn, &b)
	if errors.Is(err, driver.ErrNotInBatch) { // and nothing was sent
		_, err = s.conn.ExecContext(ctx, statement, args...)
		tag = s.commandTag(statement)
	}
	return tag, err
}

func writeRows(rows pgx.Rows, w resultWriter) error {
	if err := rows.Err(); err != nil {
		return err // pgx's rows of a failed statement have no fields to ask for
	}
	if columns := columnsOf(rows.FieldDescriptions()); len(columns) > 0 {
		if err := w.begin(columns); err != nil {
			return err
		}
		for rows.Next() {
			if err := w.row(rows.RawValues()); err != nil {
				return err
			}
		}
	}
	rows.Close()
	return rows.Err()
}

// commandTag is the server's name for a statement that database/sql ran, which does not tell.
func (s *tenantSession) commandTag(statement string) string {
	kind := kindOf(statement)
	switch {
	case kind == sqlparse.KindCommit && s.tx == txFailed:
		return "ROLLBACK"
	case kind == sqlparse.KindBegin:
		return "BEGIN"
	case kind == sqlparse.KindCommit:
		return "COMMIT"
	case kind == sqlparse.KindRollback:
		return "ROLLBACK"
	case kind == sqlparse.KindCall:
		return "CALL"
	case kind == sqlparse.KindSet, kind == sqlparse.KindSetTx:
		return "SET"
	}
	return strings.ToUpper(strings.Fields(statement)[0]) // SAVEPOINT, RELEASE, ROLLBACK TO
}

// settle notes what a statement did to the transaction. It reports whether an open one was lost with the connection.
func (s *tenantSession) settle(kind sqlparse.Kind, err error) (lost bool) {
	switch {
	case err != nil && !keepsConnection(err):
		lost = s.tx != txNone
		s.drop()
	case kind == sqlparse.KindCommit, err == nil && kind == sqlparse.KindRollback:
		s.tx = txNone
	case err == nil && (kind == sqlparse.KindBegin || s.tx == txFailed && kind == sqlparse.KindSavepoint):
		s.tx = txOpen
	case s.tx == txOpen && isServerError(err):
		s.tx = txFailed
	}
	return lost
}

// keepsConnection reports whether a failed statement has left a connection that can be used.
func keepsConnection(err error) bool {
	var refused *driver.Error
	return isServerError(err) && !errors.As(err, &refused) || errors.Is(err, guard.ErrDenied)
}

// isServerError reports whether the server has refused a statement and goes on with the session.
func isServerError(err error) bool {
	var pgErr *pgconn.PgError
	return errors.As(err, &pgErr) && pgErr.SeverityUnlocalized == "ERROR"
}

// kindOf returns the kind of a statement, KindOther when it does not parse.
func kindOf(statement string) sqlparse.Kind {
	facts, err := sqlparse.Parse(statement, sqlparse.Limits{})
	if err != nil || len(facts.Statements) != 1 {
		return sqlparse.KindOther
	}
	return facts.Statements[0].Kind
}
