package driver_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// sharedOperation does something for the tenant of ctx, and returns whose rows it saw. It may write a row of a
// certain name.
type sharedOperation struct {
	name             string
	writes, prepares bool
	do               func(ctx context.Context, db *sql.DB, row string) (saw string, err error)
}

const (
	whose    = "SELECT min(name) FROM docbasket WHERE name NOT LIKE 'new-%'"
	whoseNot = "SELECT min(name) FROM docbasket WHERE name NOT LIKE $1"
	add      = "INSERT INTO docbasket (name) VALUES ($1)"
	addWhose = "WITH added AS (INSERT INTO docbasket (name) VALUES ($1) RETURNING name) " + whose
)

var sharedOperations = []sharedOperation{
	{name: "query", do: func(ctx context.Context, db *sql.DB, _ string) (string, error) { return seen(ctx, db) }},
	{name: "query without arguments", do: func(ctx context.Context, db *sql.DB, _ string) (string, error) {
		return text(db.QueryRowContext(ctx, whose))
	}},
	{name: "exec", writes: true, do: func(ctx context.Context, db *sql.DB, row string) (string, error) {
		if _, err := db.ExecContext(ctx, add, row); err != nil {
			return "", err
		}
		return seen(ctx, db)
	}},
	{name: "returning", writes: true, do: func(ctx context.Context, db *sql.DB, row string) (string, error) {
		return text(db.QueryRowContext(ctx, addWhose, row))
	}},
	{name: "named arguments", do: func(ctx context.Context, db *sql.DB, _ string) (string, error) {
		query := "SELECT min(name) FROM docbasket WHERE name NOT LIKE @pattern"
		return text(db.QueryRowContext(ctx, query, pgx.NamedArgs{"pattern": "new-%"}))
	}},
	{name: "error", do: func(ctx context.Context, db *sql.DB, row string) (string, error) {
		for _, fails := range []string{"SELECT 1 / (length($1) - length($1))", "SELECT $1 FROM nowhere"} {
			if _, err := db.ExecContext(ctx, fails, row); err == nil {
				return "", errors.New("no error")
			}
		}
		return seen(ctx, db)
	}},
	{name: "transaction", writes: true, do: func(ctx context.Context, db *sql.DB, row string) (string, error) {
		return transact(ctx, db, row, (*sql.Tx).Commit)
	}},
	{name: "rollback", do: func(ctx context.Context, db *sql.DB, row string) (string, error) {
		return transact(ctx, db, row, (*sql.Tx).Rollback)
	}},
	{name: "failed transaction", do: func(ctx context.Context, db *sql.DB, row string) (string, error) {
		_, err := transact(ctx, db, row, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "SELECT 1/0"); err == nil {
				return errors.New("no error")
			}
			return tx.Rollback()
		})
		if err != nil {
			return "", err
		}
		return seen(ctx, db)
	}},
	{name: "statement of a connection", writes: true, prepares: true, do: withConn(prepareAdd)},
	{name: "batch", writes: true, do: withConn(batchAdd)},
	{name: "copy", writes: true, do: withConn(copyAdd)},
	{name: "bind", do: func(ctx context.Context, db *sql.DB, _ string) (string, error) {
		uc, err := scope.From(ctx)
		if err != nil {
			return "", err
		}
		bound := driver.Bind(db, uc)
		defer bound.Close()
		return text(bound.QueryRow(whose))
	}},
}

// text returns a row's only field.
func text(row *sql.Row) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

// transact writes and reads in a transaction.
func transact(ctx context.Context, db *sql.DB, row string, end func(*sql.Tx) error) (saw string, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after end
	if _, err := tx.ExecContext(ctx, add, row); err != nil {
		return "", err
	}
	if saw, err = seen(ctx, tx); err != nil {
		return "", err
	}
	return saw, end(tx)
}

// withConn is an operation that wants a connection to itself.
func withConn(
	do func(ctx context.Context, c *sql.Conn, row string) (string, error),
) func(context.Context, *sql.DB, string) (string, error) {
	return func(ctx context.Context, db *sql.DB, row string) (saw string, err error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return "", err
		}
		defer func() { err = cmp.Or(err, c.Close()) }()
		return do(ctx, c, row)
	}
}

func prepareAdd(ctx context.Context, c *sql.Conn, row string) (saw string, err error) {
	insert, err := c.PrepareContext(ctx, addWhose)
	if err != nil {
		return "", err
	}
	defer func() { err = cmp.Or(err, insert.Close()) }()
	return text(insert.QueryRowContext(ctx, row))
}

func batchAdd(ctx context.Context, c *sql.Conn, row string) (saw string, err error) {
	b := &pgx.Batch{}
	b.Queue(add, row)
	b.Queue(whoseNot, "new-%").QueryRow(func(row pgx.Row) error { return row.Scan(&saw) })
	err = driver.SendBatch(ctx, c, b)
	return saw, err
}

func copyAdd(ctx context.Context, c *sql.Conn, row string) (string, error) {
	if _, err := driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, names(row)); err != nil {
		return "", err
	}
	return seen(ctx, c)
}
