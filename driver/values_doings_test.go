package driver_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// doing is a way to run a statement.
type doing struct {
	name string
	run  func(ctx context.Context, h handle, c call) string
}

var doings = []doing{{"transaction", doInTx}, {"batch", doInBatch}, {"statement", doAtOnce}}

// of makes the statement one of the doing's own, so that it meets no other's description.
func (d doing) of(q call) call { return call{"/* " + d.name + " */ " + q.query, q.args} }

func doAtOnce(ctx context.Context, h handle, c call) string {
	return read(h.QueryContext(ctx, c.query, c.args...))
}

func doInTx(ctx context.Context, h handle, c call) string {
	tx, err := h.BeginTx(ctx, nil)
	if err != nil {
		return failure(err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	seen := read(tx.QueryContext(ctx, c.query, c.args...))
	if failed(seen) {
		return seen
	}
	if err := tx.Commit(); err != nil {
		return failure(err)
	}
	return seen
}

func doInBatch(ctx context.Context, h handle, c call) string {
	conn, err := h.Conn(ctx)
	if err != nil {
		return failure(err)
	}
	defer conn.Close()
	var seen []string
	b := &pgx.Batch{}
	b.Queue("SELECT 1")
	b.Queue(c.query, c.args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			seen = append(seen, fmt.Sprintf("%v", values))
		}
		return rows.Err()
	})
	if err := h.send(ctx, conn, b); err != nil {
		return failure(err)
	}
	return strings.Join(seen, " ")
}
