package provision

import (
	"context"
	"database/sql"
	_ "embed"
)

//go:embed sql/objects/database_rights.sql
var databaseRightsSQL string

// restoreRights is for a worker that was added since the rights were given: to PostgreSQL's own defaults PUBLIC may
// connect there and make temporary tables, and what docex' logins have by name is not known.
func (citusSchemas) restoreRights(ctx context.Context, tx *sql.Tx, in installation) error {
	return runMade(ctx, tx, databaseRightsSQL, append(in.members(), in.sharedRole))
}

// restore distributes what is local of a tenant. In a schema that is distributed already, as an older docex made it
// with all tables local, each goes to a table that is one of the schema's shard group: a table of our own, which Citus
// distributes since its CREATE TABLE is a statement of its own.
func (s citusSchemas) restore(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	const query = `SELECT EXISTS (SELECT FROM pg_dist_schema WHERE schemaid = to_regnamespace(quote_ident($1)))`
	var distributed bool
	if err := tx.QueryRowContext(ctx, query, t.Schema).Scan(&distributed); err != nil {
		return err
	}
	if !distributed {
		return distributeSchema(ctx, tx, in, t)
	}
	seed := quote(t.Schema) + `."docex$shard group"`
	if _, err := tx.ExecContext(ctx, `CREATE TABLE `+seed+` ()`); err != nil {
		return err
	}
	for {
		tables, err := rowsOf(ctx, tx, itself[string], localTablesSQL, t.Schema)
		if err != nil {
			return err
		}
		if len(tables) == 0 {
			break
		}
		for _, table := range tables {
			const join = `SELECT create_distributed_table($1::regclass, NULL, colocate_with => $2)`
			if _, err := tx.ExecContext(ctx, join, table, seed); err != nil {
				return citusRefusal(err)
			}
		}
	}
	if _, err := tx.ExecContext(ctx, `DROP TABLE `+seed); err != nil {
		return err
	}
	return finishDistribution(ctx, tx, in, t)
}

// localTablesSQL finds the local tables of schema $1 whose foreign keys lead to distributed ones, since Citus wants
// those first; or one of the others where each waits for another, which Citus refuses by name.
const localTablesSQL = `
WITH local AS (
    SELECT c.oid FROM pg_depend AS m JOIN pg_class AS c ON c.oid = m.objid
     WHERE m.classid = 'pg_class'::regclass AND m.refclassid = 'pg_namespace'::regclass
       AND m.refobjid = to_regnamespace(quote_ident($1)) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND NOT EXISTS (SELECT FROM pg_dist_partition AS p WHERE p.logicalrelid = c.oid)
), ready AS (
    SELECT oid FROM local AS l
     WHERE NOT EXISTS (SELECT FROM pg_constraint AS f
                        WHERE f.conrelid = l.oid AND f.contype = 'f' AND f.confrelid <> l.oid
                          AND f.confrelid IN (TABLE local))
)
SELECT oid::regclass::text FROM ready
UNION ALL
(SELECT oid::regclass::text FROM local WHERE NOT EXISTS (TABLE ready) ORDER BY oid LIMIT 1)`
