package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
)

// first runs the first part in one tenant, and returns the tenant as registered afterwards. busy names the table that
// was in the way the last time, or is empty.
func (r *upgradeRun) first(ctx context.Context, conn *sql.Conn, t Tenant, busy string) (UpgradeOutcome, error) {
	o := UpgradeOutcome{Tenant: t, Result: UpgradeFailed}
	err := r.transaction(ctx, conn, t.ID, func(tx *sql.Tx) error {
		t, err := r.p.living(ctx, tx, t.ID)
		switch {
		case err != nil:
			return err
		case t.NextDDL != "":
			o = UpgradeOutcome{Tenant: t, Result: UpgradeHalf}
			return r.checkNext(ctx, tx, t)
		case t.DDLDigest == r.p.ddl.digest:
			o = UpgradeOutcome{Tenant: t, Result: UpgradeCurrent}
			return nil
		}
		o, err = r.run(ctx, tx, t, busy)
		return err
	})
	if err != nil && t.NextDDL == "" && o.Result != UpgradeDrifted { // it may be the commit's
		o = UpgradeOutcome{Tenant: t, Result: UpgradeFailed}
	}
	return o, err
}

// transaction runs f under the tenant's lock.
func (r *upgradeRun) transaction(ctx context.Context, conn *sql.Conn, id string, f func(tx *sql.Tx) error) error {
	timeout := strconv.FormatInt(r.o.LockTimeout.Milliseconds(), 10) + "ms"
	return inTransaction(ctx, conn, patience, timeout, func(tx *sql.Tx) error {
		const lock = `SELECT pg_advisory_xact_lock($1)`
		if _, err := tx.ExecContext(ctx, lock, lockKey(r.p.cfg.SystemSchema, id)); err != nil {
			return err
		}
		return f(tx)
	})
}

// run is the first part in a tenant that has none of it.
func (r *upgradeRun) run(ctx context.Context, tx *sql.Tx, t Tenant, busy string) (UpgradeOutcome, error) {
	o := UpgradeOutcome{Tenant: t, Result: UpgradeFailed}
	older, ok := r.olds[t.DDLDigest]
	if !ok {
		return o, fmt.Errorf("%w: somebody has recorded it under another DDL meanwhile", ErrDrift)
	}
	if err := cmp.Or(r.checkRewritten(t, older.rewritten), r.p.checkOpenSchemas(ctx, tx, r.in)); err != nil {
		return o, err
	}
	before, record, err := r.before(ctx, tx, t, older)
	if err != nil {
		return o, r.drifted(&o, err)
	}
	drift := r.in.named(t, diff(record, before))
	if err := r.p.lockTables(ctx, tx, t.Schema, busy); err != nil {
		return o, err
	}
	leads := r.target
	if len(r.script.steps) > 0 {
		leads = older.half
	}
	if err := r.apply(ctx, tx, t, r.script.first.files); err != nil {
		return o, r.blame(&o, drift, before, err)
	}
	got, err := r.reached(ctx, tx, t, leads, merge(older.old, leads, record))
	if err != nil {
		return o, r.blame(&o, drift, before, err)
	}
	if len(r.script.steps) > 0 {
		o.Result = UpgradeHalf
		o.Tenant, err = r.recordHalf(ctx, tx, t, got)
		return o, err
	}
	o.Result = UpgradeDone
	o.Tenant, err = r.record(ctx, tx, t, got)
	return o, err
}

// apply runs files of the script in a tenant. Its partitions are its own, so the rehearsal did not see whether they are
// written anew.
func (r *upgradeRun) apply(ctx context.Context, tx *sql.Tx, t Tenant, files []ddlFile) error {
	before, err := fileNodes(ctx, tx, t.Schema)
	if err != nil {
		return err
	}
	if err := r.p.applyScript(ctx, tx, r.in, t, files); err != nil {
		return err
	}
	after, err := fileNodes(ctx, tx, t.Schema)
	if err != nil {
		return err
	}
	return r.checkRewritten(t, rewritten(before, after))
}

// before describes a tenant before the script, and reads what it should be. The error is a *DriftError when its role,
// or all of it, is not what it should be. The settings that speed the description up are gone afterwards.
func (r *upgradeRun) before(ctx context.Context, tx *sql.Tx, t Tenant, older rehearsed) (got, record shape, err error) {
	err = aside(ctx, tx, func() (err error) {
		got, err = r.p.describeSound(ctx, tx, r.in, t)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if record, err = r.p.recorded(ctx, tx, t); err != nil {
		return nil, nil, err
	}
	if record == nil { // a tenant of an older docex
		record = older.old
	}
	return got, record.readOnly(r.p.cfg.ReadOnlyTables), nil
}

// reached describes a tenant after the script. It must be as want, or as leads, in which nothing of the tenant's own is
// left.
func (r *upgradeRun) reached(ctx context.Context, tx *sql.Tx, t Tenant, leads, want shape) (shape, error) {
	d, err := r.p.describe(ctx, tx, r.in, t)
	if err := cmp.Or(err, driftError(r.in.named(t, d.place))); err != nil {
		return nil, err
	}
	ds := diff(withOwnColumns(want, d.schema), d.schema)
	if len(ds) == 0 || len(diff(leads, d.schema)) == 0 {
		return d.schema, nil
	}
	return nil, driftError(r.in.named(t, ds))
}

// blame words why a tenant could not be upgraded that had drifted before.
func (r *upgradeRun) blame(o *UpgradeOutcome, drift []Difference, before shape, err error) error {
	if len(drift) == 0 || busyError(err) {
		return err
	}
	if len(diff(r.target, before)) == 0 {
		err = errors.New("it is as the new DDL makes it already, which Reseal records")
	}
	return r.drifted(o, fmt.Errorf("%w; and with the script: %w", driftError(drift), err))
}

func (r *upgradeRun) drifted(o *UpgradeOutcome, err error) error {
	if errors.Is(err, ErrDrift) {
		o.Result = UpgradeDrifted
	}
	return err
}

// lockTables keeps programs out of a tenant. The error is errBusy with the table that somebody has.
func (p *Provisioner) lockTables(ctx context.Context, tx *sql.Tx, schema, first string) error {
	var busy sql.NullString
	query := p.system(`SELECT {{system}}.lock_tables($1, NULLIF($2, ''))`)
	if err := tx.QueryRowContext(ctx, query, schema, first).Scan(&busy); err != nil {
		return err
	}
	if busy.Valid {
		return &busyTable{busy.String}
	}
	return nil
}

// busyTable is the table that somebody has.
type busyTable struct{ name string }

func (e *busyTable) Error() string   { return fmt.Sprintf("docex: table %q is in use", e.name) }
func (e *busyTable) Is(t error) bool { return t == errBusy }

// merge returns what a tenant should be after an upgrade from old to new that was recorded as something of its own:
// what the upgrade changes is as in new, and the rest stays.
func merge(old, new, record shape) shape {
	want := shape{}
	pick := func(o object) {
		from := new
		if _, in := old[o]; old[o] == new[o] && in == has(new, o) {
			from = record
		}
		if has(from, o) {
			want[o] = from[o]
		}
	}
	for _, s := range []shape{old, new, record} {
		for o := range s {
			pick(o)
		}
	}
	return want
}

func has(s shape, o object) bool {
	_, ok := s[o]
	return ok
}

// record registers a tenant that is new.
func (r *upgradeRun) record(ctx context.Context, tx *sql.Tx, t Tenant, got shape) (Tenant, error) {
	detail := fmt.Sprintf("from %s to %s", t.DDLDigest, r.p.ddl.digest)
	t.DDLDigest, t.DDLVersion = r.p.ddl.digest, r.p.cfg.DDLVersion
	t, err := r.p.setCatalog(ctx, tx, t, got)
	if err != nil {
		return t, err
	}
	return t, r.p.record(ctx, tx, action{name: upgradeAction, tenant: t.ID, detail: detail}, Done)
}

// recordHalf registers a tenant that has the first part: it is still one of the older DDL, with a record of its own.
func (r *upgradeRun) recordHalf(ctx context.Context, tx *sql.Tx, t Tenant, got shape) (Tenant, error) {
	t, err := r.p.setCatalog(ctx, tx, t, got)
	if err != nil {
		return t, err
	}
	const update = `UPDATE {{system}}.tenant SET next_digest = $2, next_script = $3, next_done = 0 WHERE id = $1`
	if _, err := tx.ExecContext(ctx, r.p.system(update), t.ID, r.p.ddl.digest, r.script.then.digest); err != nil {
		return t, err
	}
	detail := fmt.Sprintf("first part, from %s to %s", t.DDLDigest, r.p.ddl.digest)
	t.NextDDL = r.p.ddl.digest
	return t, r.p.record(ctx, tx, action{name: upgradeAction, tenant: t.ID, detail: detail}, Done)
}
