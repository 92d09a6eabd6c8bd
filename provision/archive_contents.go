package provision

import (
	"context"
	"database/sql"
	"fmt"
)

// noTimeouts keeps a setting of the administrator's role from cutting a long transaction off. It names what the server
// has: transaction_timeout is from 17 on.
const noTimeouts = `
SELECT set_config(name, '0', true) FROM pg_settings
 WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`

// countTables returns the tables of a schema that hold rows of their own, with how many those are. A row security
// policy that would hide some from the administrator is an error of the server.
func countTables(ctx context.Context, tx *sql.Tx, schema string) ([]ManifestTable, error) {
	const query = `
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY c.relname COLLATE "C"`
	tables, err := rowsOf(ctx, tx, func(t *ManifestTable) []any { return []any{&t.Name} }, query, schema)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `SELECT set_config('row_security', 'off', true)`); err != nil {
		return nil, err
	}
	for i, t := range tables {
		count := expand(`SELECT count(*) FROM ONLY {{schema}}.{{table}}`, "schema", schema, "table", t.Name)
		if err := tx.QueryRowContext(ctx, count).Scan(&tables[i].Rows); err != nil {
			return nil, fmt.Errorf("table %s: %w", quote(t.Name), err)
		}
	}
	return tables, nil
}

// readSequences returns where the sequences of a schema stand. One that gave no value out yet stands one step before
// its next.
func readSequences(ctx context.Context, tx *sql.Tx, schema string) ([]ManifestSequence, error) {
	const query = `
SELECT c.relname, s.seqincrement, s.seqcycle
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_sequence AS s ON s.seqrelid = c.oid
 WHERE n.nspname = $1 ORDER BY c.relname COLLATE "C"`
	all, err := rowsOf(ctx, tx, func(s *ManifestSequence) []any { return []any{&s.Name, &s.Increment, &s.Cycle} },
		query, schema)
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		const stands = `SELECT (last_value - CASE WHEN is_called THEN 0 ELSE $1::numeric END)::bigint
  FROM {{schema}}.{{sequence}}`
		at := expand(stands, "schema", schema, "sequence", s.Name)
		if err := tx.QueryRowContext(ctx, at, s.Increment).Scan(&all[i].LastValue); err != nil {
			return nil, fmt.Errorf("sequence %s: %w", quote(s.Name), err)
		}
	}
	return all, nil
}

// behind reports whether a sequence would give out values that it has given out already.
func (s ManifestSequence) behind(then ManifestSequence) bool {
	if s.Increment > 0 {
		return s.LastValue < then.LastValue
	}
	return s.LastValue > then.LastValue
}
