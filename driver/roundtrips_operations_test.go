package driver_test

import (
	"context"
	"database/sql"
)

// operation is something that a program does, with what has to be done before and after it and is not counted.
type operation struct {
	name string
	run  func(u *turn) error
}

var operations = []operation{
	{"query", atOnce(queryPoint)},
	{"query without arguments", atOnce(scan("SELECT name FROM docbasket WHERE id = 1"))},
	{"exec", atOnce(execInsert)},
	{"exec without arguments", atOnce(execBare)},
	{"exec of two statements", atOnce(execText("INSERT INTO docbasket (name) VALUES ('new-two'); SELECT 1"))},
	{"exec of an empty text", atOnce(execText("-- nothing"))},
	{"CALL", atOnce(execText("CALL nothing()"))},
	{"CALL with an argument", atOnce(execText("CALL nothing($1)", 1))},
	{"prepare", func(u *turn) error {
		var s *sql.Stmt
		err := u.count(func() (err error) {
			s, err = u.db.PrepareContext(u.ctx, pointSelect)
			return err
		})
		if err != nil {
			return err
		}
		return s.Close()
	}},
	{"prepared query", func(u *turn) error {
		s, err := u.prepared(pointSelect)
		if err != nil {
			return err
		}
		var name string
		return u.count(func() error { return s.QueryRowContext(u.ctx, 1).Scan(&name) })
	}},
	{"prepared exec", func(u *turn) error {
		s, err := u.prepared(insertName)
		if err != nil {
			return err
		}
		return u.count(func() error {
			_, err := s.ExecContext(u.ctx, "new-prepared")
			return err
		})
	}},
	{"close of a prepared statement", func(u *turn) error {
		s, err := u.db.PrepareContext(u.ctx, pointSelect)
		if err != nil {
			return err
		}
		return u.count(s.Close)
	}},
	{"begin", begins(nil)},
	{"begin, serializable, read only", begins(&sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})},
	{"BEGIN as text", onConn(func(u *turn, c *sql.Conn) error {
		if err := u.count(func() error { return execText("BEGIN")(u.ctx, c) }); err != nil {
			return err
		}
		return execText("ROLLBACK")(u.ctx, c)
	})},
	{"query in a transaction", inTx(queryPoint)},
	{"exec in a transaction", inTx(execInsert)},
	{"exec without arguments in a transaction", inTx(execBare)},
	{"commit", ends((*sql.Tx).Commit)},
	{"rollback", ends((*sql.Tx).Rollback)},
	{"copy", onConn(func(u *turn, c *sql.Conn) error {
		return u.count(func() error { return u.copy(u.ctx, c) })
	})},
	{"copy in a transaction", onConn(func(u *turn, c *sql.Conn) error {
		tx, err := c.BeginTx(u.ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		return u.count(func() error { return u.copy(u.ctx, c) })
	})},
	{"second statement of a checkout", onConn(func(u *turn, c *sql.Conn) error {
		if err := queryPoint(u.ctx, c); err != nil {
			return err
		}
		return u.count(func() error { return queryPoint(u.ctx, c) })
	})},
}

// statement sends something to a DB, Conn or Tx.
type statement func(ctx context.Context, q queryer) error

func queryPoint(ctx context.Context, q queryer) error { return scan(pointSelect, 1)(ctx, q) }

func scan(text string, args ...any) statement {
	return func(ctx context.Context, q queryer) error {
		var name string
		return q.QueryRowContext(ctx, text, args...).Scan(&name)
	}
}

func execInsert(ctx context.Context, q queryer) error {
	return execText(insertName, "new-exec")(ctx, q)
}

func execBare(ctx context.Context, q queryer) error {
	return execText("INSERT INTO docbasket (name) VALUES ('new-bare')")(ctx, q)
}

func execText(text string, args ...any) statement {
	return func(ctx context.Context, q queryer) error {
		_, err := q.ExecContext(ctx, text, args...)
		return err
	}
}

// atOnce sends a statement as the only one of its checkout.
func atOnce(s statement) func(*turn) error {
	return func(u *turn) error {
		return u.count(func() error { return s(u.ctx, u.db) })
	}
}

// inTx sends a statement in a transaction that has begun.
func inTx(s statement) func(*turn) error {
	return func(u *turn) error {
		tx, err := u.db.BeginTx(u.ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		return u.count(func() error { return s(u.ctx, tx) })
	}
}

// begins begins a transaction.
func begins(opts *sql.TxOptions) func(*turn) error {
	return func(u *turn) error {
		var tx *sql.Tx
		err := u.count(func() (err error) {
			tx, err = u.db.BeginTx(u.ctx, opts)
			return err
		})
		if err != nil {
			return err
		}
		return tx.Rollback()
	}
}

// ends ends a transaction that has written.
func ends(end func(*sql.Tx) error) func(*turn) error {
	return func(u *turn) error {
		tx, err := u.db.BeginTx(u.ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := execInsert(u.ctx, tx); err != nil {
			return err
		}
		return u.count(func() error { return end(tx) })
	}
}

// onConn uses a connection for itself.
func onConn(f func(u *turn, c *sql.Conn) error) func(*turn) error {
	return func(u *turn) error {
		c, err := u.db.Conn(u.ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		return f(u, c)
	}
}
