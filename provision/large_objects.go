package provision

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// checkLargeObjects refuses a schema whose rows refer to large objects: those are in no schema, so no archive of one
// has them (PostgreSQL manual, pg_dump, --schema).
func checkLargeObjects(ctx context.Context, tx *sql.Tx, schema string) error {
	const query = `
WITH RECURSIVE refers (oid) AS ( -- oid, its arrays, and domains over it, which the type lo is
    SELECT 'oid'::regtype::oid
    UNION
    SELECT t.oid FROM refers AS r
      JOIN pg_type AS t ON t.typbasetype = r.oid OR t.typelem = r.oid AND t.typcategory = 'A'
)
SELECT c.relname, a.attname, t.typcategory = 'A'
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type AS t ON t.oid = a.atttypid
 WHERE n.nspname = $1 AND c.relkind = 'r' AND a.atttypid IN (SELECT oid FROM refers)
   AND EXISTS (SELECT FROM pg_largeobject_metadata)
 ORDER BY c.relname COLLATE "C", a.attnum`
	type column struct {
		table, name string
		array       bool
	}
	columns, err := rowsOf(ctx, tx, func(c *column) []any { return []any{&c.table, &c.name, &c.array} }, query, schema)
	if err != nil {
		return err
	}
	var referring []string
	for _, c := range columns {
		// Citus wants a column of a subquery that it runs by itself, as it does where a table and a catalog meet.
		find := `SELECT EXISTS (SELECT 1 FROM {{schema}}.{{table}} WHERE {{column}}::oid IN
  (SELECT oid FROM pg_largeobject_metadata))`
		if c.array {
			find = `SELECT EXISTS (SELECT 1 FROM {{schema}}.{{table}}, unnest({{column}}::oid[]) AS o (oid)
  JOIN pg_largeobject_metadata USING (oid))`
		}
		var refers bool
		find = expand(find, "schema", schema, "table", c.table, "column", c.name)
		if err := tx.QueryRowContext(ctx, find).Scan(&refers); err != nil {
			return err
		}
		if refers {
			referring = append(referring, c.table+"."+c.name)
		}
	}
	if len(referring) > 0 {
		return fmt.Errorf("%w: %s: they are in no schema, so an archive of one would be without them; "+
			"keep them in columns of type bytea", ErrLargeObjects, strings.Join(referring, ", "))
	}
	return nil
}
