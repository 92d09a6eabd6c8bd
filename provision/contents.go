package provision

import (
	"context"
	"database/sql"
)

// Contents is what a tenant's schema holds.
type Contents struct {
	Objects []ObjectCount // by the name of the kind; an extension is one
	Rows    int64         // of all tables; materialized views and foreign tables do not count
	Exact   bool          // Rows was counted; otherwise it is the server's estimate, from its statistics
	Bytes   int64         // as Overview's: on disk, indexes included; -1 where a node of [Citus] does not say it
}

// ObjectCount is how many objects of a kind there are. Kind is the server's word for it, such as "table" (PostgreSQL
// manual, 9.27.6 "pg_identify_object").
type ObjectCount struct {
	Kind  string
	Count int64 // at least 1
}

// countedBytes is how large a schema may be for its rows to be counted: that takes some 0.2 s, from the server's cache.
const countedBytes = 128 << 20

// Contents counts what a tenant's schema holds: what [Provisioner.Drop] would delete. It reads every row of a schema of
// no more than 128 MB, and changes nothing. A schema that is gone holds nothing. The error matches
// scope.ErrTenantNotProvisioned for an unknown tenant, [ErrNotInitialized] or [ErrEnvironmentMismatch].
func (p *Provisioner) Contents(ctx context.Context, id string) (Contents, error) {
	c, err := p.contents(ctx, id)
	return c, wrap("contents", id, err)
}

func (p *Provisioner) contents(ctx context.Context, id string) (c Contents, err error) {
	t, err := p.get(ctx, id)
	if err != nil {
		return c, err
	}
	in, err := p.readable(ctx, p.db)
	if err != nil {
		return c, err
	}
	at := map[string]place{}
	if in.distribution == Citus {
		if at, err = p.where(ctx, t.Schema, true); err != nil {
			return c, err
		}
	}
	// Row security would hide rows; where it would, counting is an error.
	const unhidden = "pg_catalog.set_config('row_security', $1, true)"
	err = inTransaction(ctx, p.db, unhidden, "off", func(tx *sql.Tx) error {
		if c, err = measure(ctx, tx, t.Schema); err != nil {
			return err
		}
		if on, distributed := at[t.Schema]; distributed {
			c.Bytes = on.bytes
		}
		if c.Bytes > countedBytes {
			return nil
		}
		if _, err := tx.ExecContext(ctx, "SAVEPOINT counting"); err != nil {
			return err
		}
		tables, err := countTables(ctx, tx, t.Schema)
		if hasCode(err, codeInsufficientPrivilege) { // the estimate stays
			_, err = tx.ExecContext(ctx, "ROLLBACK TO counting")
			return err
		}
		c.Rows, c.Exact = Manifest{Tables: tables}.Rows(), true
		return err
	})
	if err == nil && in.distribution == Citus && !c.Exact {
		err = p.db.QueryRowContext(ctx, estimateSQL, t.Schema).Scan(&c.Rows)
	}
	return c, err
}

// measure reads what the catalog tells.
func measure(ctx context.Context, tx *sql.Tx, schema string) (c Contents, err error) {
	const sizes = `
SELECT COALESCE(sum(pg_total_relation_size(oid)) FILTER (WHERE relkind IN ('r', 'm', 'S')), 0)::bigint,
       COALESCE(sum(GREATEST(reltuples, pg_stat_get_live_tuples(oid), 0)) FILTER (WHERE relkind = 'r'), 0)::bigint,
       count(*) FILTER (WHERE relkind = 'r') = 0
  FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident($1))`
	if err := tx.QueryRowContext(ctx, sizes, schema).Scan(&c.Bytes, &c.Rows, &c.Exact); err != nil {
		return c, err
	}
	const objects = `
SELECT kind, count(*) FROM (
    SELECT i.type FROM pg_depend AS d, pg_identify_object(d.classid, d.objid, 0) AS i
     WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = to_regnamespace(quote_ident($1))
       AND d.classid <> 'pg_default_acl'::regclass AND d.deptype = 'n'
       AND NOT EXISTS (SELECT FROM pg_depend AS o WHERE o.classid = d.classid AND o.objid = d.objid AND o.deptype = 'e')
    UNION ALL
    SELECT 'index' FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relkind IN ('i', 'I')
    UNION ALL
    SELECT 'trigger' FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
     WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND NOT g.tgisinternal
) AS it (kind) GROUP BY kind ORDER BY kind COLLATE "C"`
	c.Objects, err = rowsOf(ctx, tx, func(o *ObjectCount) []any { return []any{&o.Kind, &o.Count} }, objects, schema)
	return c, err
}
