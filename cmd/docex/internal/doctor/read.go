package doctor

import (
	"context"
	"database/sql"
)

// readSettings hold for one transaction. With this search_path no function or operator of a query can be one that
// somebody left in a schema on the administrator's own path. Nested loops are what the server plans when it does not
// know yet that there are thousands of tenants: with 10,000, just made, registry.sql took 48 s with them and 0.2 s
// without. JIT takes longer to compile a catalog query than to run it.
const readSettings = `
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
       pg_catalog.set_config('enable_nestloop', 'off', true), pg_catalog.set_config('jit', 'off', true)`

// read runs a query as the administrator, in a transaction that changes nothing, and calls each with every row's Scan.
func (d *doctor) read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	return d.readWith(ctx, "", query, args, each)
}

// readWith is read with further settings: expressions behind a comma.
func (d *doctor) readWith(
	ctx context.Context, settings, query string, args []any, each func(scan func(...any) error) error,
) error {
	tx, err := d.Admin.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, readSettings+settings); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, d.sql(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// readOne is read for queries with one row. The error is sql.ErrNoRows when there is none.
func (d *doctor) readOne(ctx context.Context, query string, args []any, dest ...any) error {
	found := sql.ErrNoRows
	err := d.read(ctx, query, args, func(scan func(...any) error) error {
		found = nil
		return scan(dest...)
	})
	if err != nil {
		return err
	}
	return found
}
