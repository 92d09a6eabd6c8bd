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
	if err := joinSeed(ctx, tx, t.Schema, seed); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DROP TABLE `+seed); err != nil {
		return err
	}
	return finishDistribution(ctx, tx, in, t)
}

// joinSeed distributes the local tables of a schema. Citus wants the tables first that foreign keys lead to, and of two
// that refer to each other neither is. So the keys between local tables are taken off, and put back at the end.
func joinSeed(ctx context.Context, tx *sql.Tx, schema, seed string) error {
	keys, err := rowsOf(ctx, tx, func(k *foreignKey) []any { return []any{&k.drop, &k.add, &k.comment} }, localKeysSQL,
		schema)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := tx.ExecContext(ctx, k.drop); err != nil {
			return err
		}
	}
	tables, err := rowsOf(ctx, tx, itself[string], localTablesSQL, schema)
	if err != nil {
		return err
	}
	for _, table := range tables {
		const join = `SELECT create_distributed_table($1::regclass, NULL, colocate_with => $2)`
		if _, err := tx.ExecContext(ctx, join, table, seed); err != nil {
			return citusRefusal(err)
		}
	}
	for _, k := range keys {
		if _, err := tx.ExecContext(ctx, k.add); err != nil {
			return citusRefusal(err)
		}
		if _, err := tx.ExecContext(ctx, k.comment); err != nil { // an empty text is none
			return err
		}
	}
	return nil
}

// foreignKey is a constraint, as statements.
type foreignKey struct{ drop, add, comment string }

// localKeysSQL finds the foreign keys between different local tables of schema $1. Those of partitions come from the
// partitioned table, unless they are their own.
const localKeysSQL = `
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
       COALESCE(format('COMMENT ON CONSTRAINT %I ON %s IS ', conname, conrelid::regclass) ||
                quote_literal(obj_description(oid, 'pg_constraint')), '')
  FROM pg_constraint
 WHERE contype = 'f' AND conparentid = 0 AND connamespace = to_regnamespace(quote_ident($1)) AND conrelid <> confrelid
   AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid IN (conrelid, confrelid))
 ORDER BY conrelid, conname`

const localTablesSQL = `
SELECT c.oid::regclass::text FROM pg_depend AS m JOIN pg_class AS c ON c.oid = m.objid
 WHERE m.classid = 'pg_class'::regclass AND m.refclassid = 'pg_namespace'::regclass
   AND m.refobjid = to_regnamespace(quote_ident($1)) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_dist_partition AS p WHERE p.logicalrelid = c.oid)`
