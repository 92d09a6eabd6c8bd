package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"
)

var failing = append(calls(
	"SELECT missing FROM kinds",
	"SELECT 'é', d.missing FROM docbasket d",
	"SELECT * FROM no_such_table",
	"SELECT 1/0",
	"SELECT sum(t) FROM kinds",
	"SELECT 'x'::int",
	"SELECT '{'::json",
	"INSERT INTO kinds (id) VALUES (1)",
	"INSERT INTO kinds (id, nn) VALUES (300, NULL)",
	"INSERT INTO kinds (id, m) VALUES (300, 'furious')",
	"INSERT INTO kinds (id, s) VALUES (300, -1)",
	"INSERT INTO kinds (id, vc) VALUES (300, repeat('x', 21))",
	"INSERT INTO docbasket (id, name) VALUES (300, 'acme')",
	"INSERT INTO docbasket (id, name, created_at, updated_at) VALUES (300, '', 'epoch', 'epoch')",
	"INSERT INTO document (id, basket_id, name) VALUES (300, -1, 'orphan')",
	"UPDATE kinds SET i2 = 40000 WHERE id = 1",
	"SELECT tenant_acme.complain()", "SELECT tenant_acme.misread()",
	"SELECT 1; SELECT missing; SELECT 2",
	"SELECT 1; INSERT INTO kinds (id) VALUES (301); SELECT 1/0",
), []call{
	{"SELECT missing FROM kinds WHERE id = $1", []any{1}},
	{"SELECT 1 / $1::int", []any{0}},
	{"INSERT INTO kinds (id) VALUES ($1)", []any{1}},
	{"INSERT INTO kinds (id, vc) VALUES ($1, $2)", []any{300, "a text that is longer than that"}},
	{"INSERT INTO docbasket (id, name, status, created_at, updated_at) VALUES (300, $1, $2, 'epoch', 'epoch')", []any{"new", "odd"}},
	{"SELECT $1 + $2", []any{1, 2}},
}...)

// Every field of an error, with the pin in front of the statement and without, and what the transaction is good for
// then.
func TestErrorsAsPgx(t *testing.T) {
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, q := range failing {
			l.afterGlobex(db)
			for range 2 {
				_, err := db.ExecContext(ctx, q.query, q.args...)
				l.err("exec: "+q.query, err)
			}
			l.afterGlobex(db)
			var v any
			l.err("query: "+q.query, db.QueryRowContext(ctx, q.query, q.args...).Scan(&v))

			tx, err := db.BeginTx(ctx, nil)
			l.err("begin", err)
			_, err = tx.ExecContext(ctx, q.query, q.args...)
			l.err("tx: "+q.query, err)
			_, err = tx.ExecContext(ctx, "SELECT 1")
			l.err("after", err)
			l.err("commit", tx.Commit())
		}
	})
}

// The ends of a transaction, whichever way it came to one.
func TestTransactionsAsPgx(t *testing.T) {
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, isolation := range []sql.IsolationLevel{
			sql.LevelDefault, sql.LevelReadUncommitted, sql.LevelReadCommitted, sql.LevelWriteCommitted, sql.LevelRepeatableRead,
			sql.LevelSnapshot, sql.LevelSerializable, sql.LevelLinearizable,
		} {
			for _, readOnly := range []bool{false, true} {
				l.afterGlobex(db)
				tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: isolation, ReadOnly: readOnly})
				l.err(fmt.Sprintf("begin %v %t", isolation, readOnly), err)
				if err != nil {
					continue
				}
				for _, setting := range []string{"transaction_isolation", "transaction_read_only", "transaction_deferrable"} {
					var v string
					l.err(setting, tx.QueryRowContext(ctx, "SHOW "+setting).Scan(&v))
					l.add("%s", v)
				}
				_, err = tx.ExecContext(ctx, "UPDATE kinds SET t = 'tx' WHERE id = 2")
				l.err("update", err)
				l.err("rollback", tx.Rollback())
			}
		}
		s, err := db.PrepareContext(ctx, "UPDATE kinds SET t = t WHERE id = $1")
		l.err("prepare", err)
		for _, end := range []string{"commit", "rollback", "cancel"} {
			txCtx, cancel := context.WithCancel(ctx)
			tx, err := db.BeginTx(txCtx, nil)
			l.err("begin", err)
			_, err = tx.StmtContext(ctx, s).ExecContext(ctx, 2)
			l.err("statement", err)
			switch end {
			case "commit":
				l.err(end, tx.Commit())
			case "rollback":
				l.err(end, tx.Rollback())
			case "cancel":
				cancel()
				waitForIdle(db)
			}
			_, err = tx.ExecContext(ctx, "SELECT 1")
			l.err("exec after "+end, err)
			l.query(ctx, "query after "+end, func(ctx context.Context, args ...any) (*sql.Rows, error) {
				return tx.QueryContext(ctx, "SELECT 1", args...)
			})
			_, err = tx.PrepareContext(ctx, "SELECT 1")
			l.err("prepare after "+end, err)
			l.err("commit after "+end, tx.Commit())
			l.err("rollback after "+end, tx.Rollback())
			cancel()
		}
		l.err("close", s.Close())
	})
}

// waitForIdle waits for database/sql to have rolled a transaction back.
func waitForIdle(db *sql.DB) {
	for db.Stats().InUse > 0 {
		time.Sleep(time.Millisecond)
	}
}
