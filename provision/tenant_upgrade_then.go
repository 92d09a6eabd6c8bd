package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// checkNext refuses a second part that is not the one that a tenant has begun.
func (r *upgradeRun) checkNext(ctx context.Context, q queryer, t Tenant) error {
	var script string
	const query = `SELECT next_script FROM {{system}}.tenant WHERE id = $1`
	if err := q.QueryRowContext(ctx, r.p.system(query), t.ID).Scan(&script); err != nil {
		return err
	}
	if t.NextDDL != r.p.ddl.digest || script != r.script.then.digest {
		return invalidConfig("the second part of an upgrade to %s is still to do in it: finish that first", t.NextDDL)
	}
	return nil
}

// second runs the steps that a tenant has not had yet, on the connection of l, which holds a lock and has the tenant's
// path meanwhile; after an error it is to be retired. Nobody waits for that lock: an index that is built concurrently
// waits for every transaction, and so for those that would wait for it.
func (r *upgradeRun) second(ctx context.Context, l *lease, t Tenant) (Tenant, error) {
	conn := l.conn
	const settings = `SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_setting('lock_timeout')`
	const begin = `
SELECT pg_catalog.set_config('search_path', $2, false), pg_catalog.set_config('lock_timeout', '0', false),
       pg_catalog.pg_try_advisory_lock($1)`
	const end = `
SELECT pg_catalog.set_config('search_path', $2, false), pg_catalog.set_config('lock_timeout', $3, false),
       pg_catalog.pg_advisory_unlock($1)`
	var path, timeout string
	if err := conn.QueryRowContext(ctx, settings).Scan(&path, &timeout); err != nil {
		return t, err
	}
	var ours bool
	key := lockKey(r.p.cfg.SystemSchema, "$upgrade/"+t.ID)
	err := conn.QueryRowContext(ctx, begin, key, r.p.ddlPath(t.Schema)).Scan(new(string), new(string), &ours)
	if err != nil {
		return t, err
	}
	if !ours {
		return t, fmt.Errorf("%w: somebody is at its second part", errBusy)
	}
	if t, err = r.steps(ctx, conn, t); err != nil {
		return t, err
	}
	if _, err := conn.ExecContext(ctx, end, key, path, timeout); err != nil {
		l.retire()
	}
	return t, nil
}

// steps runs what is left of the second part.
func (r *upgradeRun) steps(ctx context.Context, conn *sql.Conn, t Tenant) (Tenant, error) {
	for {
		i, err := r.stepsDone(ctx, conn, t)
		switch {
		case err != nil:
			return t, err
		case i >= len(r.script.steps):
			return r.finish(ctx, conn, t)
		}
		if err := r.step(ctx, conn, t, i); err != nil {
			return t, err
		}
	}
}

// stepsDone reads how far a tenant is. Somebody may have finished it, or dropped it.
func (r *upgradeRun) stepsDone(ctx context.Context, q queryer, t Tenant) (int, error) {
	const query = `
SELECT COALESCE(next_done, $2) FROM {{system}}.tenant
 WHERE id = $1 AND state IN ('active', 'suspended') AND (next_digest = $3 OR next_digest IS NULL AND ddl_digest = $3)`
	var n int
	err := q.QueryRowContext(ctx, r.p.system(query), t.ID, len(r.script.steps), r.p.ddl.digest).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: it was dropped, or recorded under another DDL", ErrDrift)
	}
	return n, err
}

// step runs one statement and notes that it is done.
func (r *upgradeRun) step(ctx context.Context, conn *sql.Conn, t Tenant, i int) error {
	s := r.script.steps[i]
	if s.index != nil {
		if err := r.concurrently(ctx, conn, t, s); err != nil {
			return err
		}
	}
	return r.transaction(ctx, conn, t.ID, func(tx *sql.Tx) error {
		if s.index == nil {
			if err := r.apply(ctx, tx, t, []ddlFile{s.ddlFile}); err != nil {
				return err
			}
		}
		const update = `UPDATE {{system}}.tenant SET next_done = $2 + 1 WHERE id = $1 AND next_done = $2`
		_, err := tx.ExecContext(ctx, r.p.system(update), t.ID, i)
		return err
	})
}

// concurrently makes or drops an index. One that was interrupted has left an invalid index, which is dropped first, or
// a whole one. On Citus it may be there on one node and not on another.
func (r *upgradeRun) concurrently(ctx context.Context, conn *sql.Conn, t Tenant, s step) error {
	const query = `
SELECT i.indisvalid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
 WHERE c.relnamespace = pg_catalog.to_regnamespace($1) AND c.relname = $2`
	var valid bool
	err := conn.QueryRowContext(ctx, query, quote(t.Schema), s.index.Name).Scan(&valid)
	there := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if there && (s.index.Drop || !valid) {
		drop := "DROP INDEX CONCURRENTLY IF EXISTS " + quote(t.Schema) + "." + quote(s.index.Name)
		if _, err := conn.ExecContext(ctx, drop); err != nil {
			return err
		}
		there = false
	}
	if there || s.index.Drop {
		return nil // it was done, and not noted
	}
	_, err = conn.ExecContext(ctx, s.text)
	return s.explain(err)
}

// explain names file and line of a statement that was sent as it is.
func (s step) explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Position == 0 {
		return err
	}
	return fmt.Errorf("%w: %s:%d: %w", ErrDDL, s.name, lineAt(s.text, int(pg.Position)), err)
}

// finish compares a tenant with what it should be when all is done, and records it.
func (r *upgradeRun) finish(ctx context.Context, conn *sql.Conn, t Tenant) (Tenant, error) {
	err := r.transaction(ctx, conn, t.ID, func(tx *sql.Tx) error {
		now, err := r.p.living(ctx, tx, t.ID)
		if err != nil || now.NextDDL == "" {
			t = now
			return err
		}
		older, ok := r.olds[now.DDLDigest]
		if !ok {
			return fmt.Errorf("%w: somebody has recorded it under another DDL meanwhile", ErrDrift)
		}
		half, err := r.p.recorded(ctx, tx, now)
		if err != nil {
			return err
		}
		got, err := r.reached(ctx, tx, now, r.target, merge(older.half, r.target, half))
		if err != nil {
			return err
		}
		t, err = r.record(ctx, tx, now, got)
		return err
	})
	return t, err
}
