package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/scope"
)

// tenantSession runs statements for one tenant and user on one guarded connection, so that transactions can span them.
// Not safe for concurrent use.
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

// run runs one statement, writes what it returns to w, and keeps book of the transaction. The error explains itself to
// people; it wraps the driver's.
func (s *tenantSession) run(ctx context.Context, statement string, args []any, w resultWriter) error {
	tag, err := s.send(scope.With(ctx, s.uc), statement, args, w)
	if err != nil && ctx.Err() != nil && !keepsConnection(err) {
		err = errors.Join(ctx.Err(), err) // which may say no more than that the connection is gone
	}
	kind, _ := kindOf(statement)
	consequence := s.settle(kind, err)
	if err == nil {
		err = w.end(tag)
	}
	if err == nil {
		return nil
	}
	return errors.Join(explainStatement(statement, err), consequence)
}

// send returns the server's name for what was done. The driver's batches are the one way to values as the server writes
// them, and to that name; what they do not take, such as BEGIN, returns no rows.
func (s *tenantSession) send(ctx context.Context, statement string, args []any, w resultWriter) (tag string,
	err error) {
	if err := s.connect(ctx); err != nil {
		return "", err
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
	kind, word := kindOf(statement)
	switch {
	case kind == sqlparse.KindCommit && s.tx == txFailed, kind == sqlparse.KindRollback:
		return "ROLLBACK"
	case kind == sqlparse.KindCommit: // END, too
		return "COMMIT"
	case word == "START":
		return "START TRANSACTION"
	}
	return word
}

// settle notes what a statement did to the transaction, and gives up a connection that may be lost. The error is what
// else that means.
func (s *tenantSession) settle(kind sqlparse.Kind, err error) error {
	switch {
	case err != nil && !keepsConnection(err):
		return s.abandon(err)
	case kind == sqlparse.KindCommit, err == nil && kind == sqlparse.KindRollback:
		s.tx = txNone
	case err == nil && (kind == sqlparse.KindBegin || s.tx == txFailed && kind == sqlparse.KindSavepoint):
		s.tx = txOpen
	case s.tx == txOpen && isServerError(err):
		s.tx = txFailed
	}
	return nil
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

// kindOf returns the kind of a statement and its first word in upper case; KindOther when it does not parse.
func kindOf(statement string) (kind sqlparse.Kind, word string) {
	facts, err := sqlparse.Parse(statement, text.Limits{})
	if err != nil || len(facts.Statements) != 1 {
		return sqlparse.KindOther, ""
	}
	return facts.Statements[0].Kind, strings.ToUpper(firstWord(statement))
}
