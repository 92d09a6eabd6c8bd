package driver_test

import (
	"context"
	"database/sql"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

// attempts are the ways to write a basket of that name, one for each way to the server.
var attempts = map[string]func(ctx context.Context, db *sql.DB, name string) error{
	"exec": func(ctx context.Context, db *sql.DB, name string) error {
		_, err := db.ExecContext(ctx, insertName, name)
		return err
	},
	"exec without arguments": func(ctx context.Context, db *sql.DB, name string) error {
		_, err := db.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ('"+name+"')")
		return err
	},
	"several statements": func(ctx context.Context, db *sql.DB, name string) error {
		_, err := db.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ('"+name+"'); SELECT 1")
		return err
	},
	"query": func(ctx context.Context, db *sql.DB, name string) error {
		return db.QueryRowContext(ctx, insertName+" RETURNING name", name).Scan(new(string))
	},
	"prepare": func(ctx context.Context, db *sql.DB, name string) error {
		s, err := db.PrepareContext(ctx, insertName)
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = s.ExecContext(ctx, name)
		return err
	},
	"transaction": func(ctx context.Context, db *sql.DB, name string) error {
		return attemptInTx(ctx, db, nil, name)
	},
	"serializable transaction": func(ctx context.Context, db *sql.DB, name string) error {
		return attemptInTx(ctx, db, &sql.TxOptions{Isolation: sql.LevelSerializable}, name)
	},
	"begin as text": onAttempt(func(ctx context.Context, c *sql.Conn, name string) error {
		for _, text := range []string{"BEGIN", "INSERT INTO docbasket (name) VALUES ('" + name + "')", "COMMIT"} {
			if _, err := c.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}),
	"connection": onAttempt(func(ctx context.Context, c *sql.Conn, name string) error {
		_, err := c.ExecContext(ctx, insertName, name)
		return err
	}),
	"copy": onAttempt(func(ctx context.Context, c *sql.Conn, name string) error {
		_, err := driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, names(name))
		return err
	}),
	"batch": onAttempt(func(ctx context.Context, c *sql.Conn, name string) error {
		b := &pgx.Batch{}
		b.Queue("SELECT 1")
		b.Queue(insertName, name)
		return driver.SendBatch(ctx, c, b)
	}),
}

func attemptInTx(ctx context.Context, db *sql.DB, opts *sql.TxOptions, name string) error {
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, insertName, name); err != nil {
		return err
	}
	return tx.Commit()
}

// onAttempt gives f a connection of its own.
func onAttempt(
	f func(ctx context.Context, c *sql.Conn, name string) error,
) func(ctx context.Context, db *sql.DB, name string) error {
	return func(ctx context.Context, db *sql.DB, name string) error {
		c, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		return f(ctx, c, name)
	}
}
