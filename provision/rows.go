package provision

import (
	"context"
	"database/sql"
)

// rowsQueryer is what *sql.DB, *sql.Conn and *sql.Tx have in common here.
type rowsQueryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// rowsOf reads what a query returns, a T for each row. fields are where a row's values go.
func rowsOf[T any](
	ctx context.Context, q rowsQueryer, fields func(*T) []any, query string, args ...any,
) (all []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t T
		if err := rows.Scan(fields(&t)...); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// itself is the fields of rows with one value.
func itself[T any](t *T) []any { return []any{t} }

// runMade runs the statements that a query makes; "" is none. The error is sql.ErrNoRows for a query without a row.
func runMade(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	var statements string
	if err := tx.QueryRowContext(ctx, query, args...).Scan(&statements); err != nil || statements == "" {
		return err
	}
	_, err := tx.ExecContext(ctx, statements)
	return err
}
