package provision

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"

	"github.com/docex/docex/scope"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5/pgtype"
)

const (
	// verifyPage is how many tenants one query reads from the registry. They are verified in chunks of at most
	// [leaseTenants], each on a connection of its own.
	verifyPage = 1000
	// verifyBatch is how many tenants of a chunk one query describes. With more of them it is no faster, and who wants to
	// change one of them waits longer.
	verifyBatch = 25
	// verifyPatience is how long a batch waits for a table that somebody has locked.
	verifyPatience = "100ms"
	// verifyShapes is how many records are kept. Tenants of one DDL have the same.
	verifyShapes = 64
)

// VerifyAll verifies every tenant that was not dropped, on at most workers connections at once; less than one means
// one. It calls report once for each tenant with what [Provisioner.Verify] would return: nil, or an *[Error] that
// matches [ErrDrift] for a tenant that differs. The calls come one at a time, in no particular order, and while report
// runs no connection is held for it, so it may use the same handle. It writes nothing.
//
// Tenants are compared several at a time, each under its lock. One that seems to differ then, or whose lock or table
// somebody has, is verified once more by itself, which takes longer.
//
// Tenants that are created or dropped meanwhile may be left out. The error is not about single tenants: it is that of
// ctx, or of the registry as for [Provisioner.List], or matches [ErrInvalidConfig] for a nil report.
func (p *Provisioner) VerifyAll(ctx context.Context, workers int, report func(Tenant, error)) error {
	if report == nil {
		return wrap("verify", "", invalidConfig("no function to report to"))
	}
	if err := p.outsideRuns(ctx); err != nil {
		return wrap("verify", "", err)
	}
	in, err := p.readable(ctx, p.db)
	if err != nil {
		return wrap("verify", "", err)
	}
	shapes, err := lru.New[string, shape](verifyShapes)
	if err != nil {
		return wrap("verify", "", err)
	}
	v := &verifier{Provisioner: p, in: in, shapes: shapes}
	return wrap("verify", "", p.eachPage(ctx, verifyPage, func(page []Tenant) error {
		return v.verifyPage(ctx, max(workers, 1), page, report)
	}))
}

// verifier is one VerifyAll. Safe for concurrent use.
type verifier struct {
	*Provisioner
	in     installation
	shapes *lru.Cache[string, shape] // what was read of the records, by their digest
}

// recorded reads each record once: its digest is that of what it holds.
func (v *verifier) recorded(ctx context.Context, q queryer, t Tenant) (shape, error) {
	if s, ok := v.shapes.Get(t.Catalog); ok {
		return s, nil
	}
	s, err := v.Provisioner.recorded(ctx, q, t)
	if err == nil && s != nil {
		v.shapes.Add(t.Catalog, s)
	}
	return s, err
}

// verifyPage shares the chunks of a page among the workers and returns their first error.
func (v *verifier) verifyPage(ctx context.Context, workers int, page []Tenant, report func(Tenant, error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	chunks := make(chan []Tenant)
	var wg sync.WaitGroup
	var mu sync.Mutex // one report at a time
	for range workers {
		wg.Go(func() {
			for chunk := range chunks {
				results, err := v.verifyChunk(ctx, chunk)
				if err != nil {
					cancel(err)
					continue // the sender stops
				}
				mu.Lock()
				for i, t := range chunk {
					if !goneMeanwhile(t, results[i]) {
						report(t, results[i])
					}
				}
				mu.Unlock()
			}
		})
	}
	for chunk := range slices.Chunk(page, max(1, min(leaseTenants, len(page)/workers))) {
		select {
		case chunks <- chunk:
		case <-ctx.Done():
		}
	}
	close(chunks)
	wg.Wait()
	return context.Cause(ctx)
}

// goneMeanwhile reports whether a tenant was dropped since the registry was read.
func goneMeanwhile(t Tenant, err error) bool {
	return t.State != Dropping && errors.Is(err, scope.ErrTenantNotProvisioned)
}

// verifyChunk verifies tenants on one connection, which it closes; on a new one behind an error that may be the
// connection's.
func (v *verifier) verifyChunk(ctx context.Context, chunk []Tenant) ([]error, error) {
	l := lease{db: v.db}
	defer l.retire()
	results := make([]error, 0, len(chunk))
	together := true
	for batch := range slices.Chunk(chunk, verifyBatch) {
		var sound map[string]bool
		if together {
			var err error
			if sound, err = v.sound(ctx, &l, batch); err != nil { // each tenant has its own, or none, below
				l.retire()
			}
			together = err != nil || len(sound) > 0 // after an upgrade of the server all may differ
		}
		for _, t := range batch {
			var err error
			if !sound[t.ID] {
				err = wrap("verify", t.ID, v.alone(ctx, &l, t.ID))
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			results = append(results, err)
		}
	}
	return results, nil
}

// alone verifies one tenant, as Verify does.
func (v *verifier) alone(ctx context.Context, l *lease, id string) error {
	conn, err := l.get(ctx)
	if err != nil {
		return err
	}
	err = v.lockedOn(ctx, conn, id, func(tx *sql.Tx) error {
		in, err := v.readable(ctx, tx) // AddLogin may have changed it since
		if err != nil {
			return err
		}
		return v.verify(ctx, tx, in, v.recorded, id)
	})
	if err != nil && !errors.Is(err, ErrDrift) {
		l.retire()
	}
	return err
}

// sound returns which tenants of a batch do not differ, in one transaction that holds their locks. Whoever wants to
// change one of them waits for its end. So it waits for nobody: it leaves out tenants whose lock is taken, and ends
// with an error when a table is locked.
//
// Tenants that differ are left out too. While somebody alters an index of one tenant, the server may print the new one
// for a group that was found with the old one.
func (v *verifier) sound(ctx context.Context, l *lease, batch []Tenant) (map[string]bool, error) {
	ids, keys := v.locksOf(batch)
	conn, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	sound := make(map[string]bool, len(batch))
	return sound, inTransaction(ctx, conn, patience, verifyPatience, func(tx *sql.Tx) error {
		const lock = `
SELECT COALESCE(array_agg(id), '{}') FROM unnest($1::text[], $2::bigint[]) AS t (id, key)
 WHERE pg_try_advisory_xact_lock(key)`
		var locked []string
		if err := tx.QueryRowContext(ctx, lock, ids, keys).Scan(pgtype.NewMap().SQLScanner(&locked)); err != nil {
			return err
		}
		query := v.system(`SELECT ` + columns + ` FROM {{system}}.tenant
 WHERE id = ANY ($1) AND NOT is_system AND state NOT IN ('dropping', 'dropped')`)
		living, err := tenants(tx.QueryContext(ctx, query, locked))
		if err != nil {
			return err
		}
		errs, err := v.compare(ctx, tx, v.in, v.recorded, living)
		for i, t := range living {
			if err == nil && errs[i] == nil {
				sound[t.ID] = true
			}
		}
		return err
	})
}

// locksOf returns the ids of tenants, and the keys of their locks.
func (p *Provisioner) locksOf(ts []Tenant) (ids []string, keys []int64) {
	for _, t := range ts {
		ids, keys = append(ids, t.ID), append(keys, lockKey(p.cfg.SystemSchema, t.ID))
	}
	return ids, keys
}

// discard closes a connection for good: ErrBadConn keeps it from going back to the pool.
func discard(conn *sql.Conn) {
	conn.Raw(func(any) error { return driver.ErrBadConn })
	conn.Close()
}
