package provision

import (
	"context"
	"database/sql"
	"errors"

	"github.com/docex/docex/scope"
)

// Dump is what Export asks for: an archive of one schema, as a snapshot shows it (pg_dump --snapshot).
type Dump struct {
	Schema   string // unquoted
	Snapshot string // of pg_export_snapshot; it can be used until DumpFunc returns
	Server   int    // server_version_num
}

// DumpFunc makes an archive in PostgreSQL's custom format, without owners, rights and large objects, and says what it
// has made. It runs while the snapshot is held.
type DumpFunc func(ctx context.Context, d Dump) (ArchiveFile, error)

// Export makes an archive of a tenant, be it active or suspended, and returns its manifest. Schema, rows, counts and
// description are of one snapshot. Nobody is kept from working for the tenant, nor from suspending it. That of a
// suspended tenant has all that was ever done for it: Export waits for transactions that wrote before it was suspended.
// The audit log keeps the archive's SHA-256, by which [Provisioner.Import] knows an archive of a tenant that was
// dropped.
//
// dump makes the archive, which is pg_dump's work; docex tenant export is the command that runs it.
//
// On Citus the tenant has to be suspended, since no snapshot is one of two sessions there. It stays so until Export
// returns: Resume waits, and so does whoever would write to its tables.
//
// What no schema has is not in the archive: roles and rights by name, extensions, which the manifest lists, and large
// objects. A tenant whose rows refer to large objects is refused with [ErrLargeObjects]. The error is otherwise dump's,
// or matches scope.ErrTenantNotProvisioned, [ErrNotInitialized], [ErrEnvironmentMismatch] or, for an active tenant on
// Citus, [ErrTenantActive].
func (p *Provisioner) Export(ctx context.Context, id string, dump DumpFunc) (Manifest, error) {
	if err := scope.ValidateTenantID(id); err != nil {
		return Manifest{}, wrap("export", id, err)
	}
	a := action{name: "export", tenant: id}
	m, err := p.export(ctx, id, dump)
	if err == nil {
		a.detail = exportDetail(m)
		err = p.record(ctx, p.db, a, Done)
	}
	if err != nil {
		return Manifest{}, wrap("export", id, p.notDone(ctx, p.db, a, err))
	}
	return m, nil
}

func (p *Provisioner) export(ctx context.Context, id string, dump DumpFunc) (m Manifest, err error) {
	var settled Tenant
	var distributed bool
	err = p.settle(ctx, id, func(tx *sql.Tx, in installation, t Tenant) error {
		settled, distributed = t, in.distribution == Citus
		if distributed {
			m, err = p.exportStill(ctx, tx, in, t, dump)
		}
		return err
	})
	if err != nil || distributed {
		return m, err
	}
	tx, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return m, err
	}
	defer tx.Rollback() // it only reads
	const set = `SELECT set_config('search_path', 'pg_catalog, pg_temp', true)`
	if _, err := tx.ExecContext(ctx, set); err != nil {
		return m, err
	}
	if _, err := tx.ExecContext(ctx, noTimeouts); err != nil {
		return m, err
	}
	in, err := p.installation(ctx, tx)
	if err != nil {
		return m, err
	}
	t, err := p.living(ctx, tx, id)
	if err != nil {
		return m, err
	}
	if t.State == Suspended && !t.SuspendedAt.Equal(settled.SuspendedAt) {
		return m, errSuspendedMeanwhile
	}
	return p.archive(ctx, tx, in, t, dump)
}

var errSuspendedMeanwhile = errors.New(
	"it was suspended while the export began, perhaps with work under way; export it once more")

// archive has the archive made of what tx sees, and says what is in it.
func (p *Provisioner) archive(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, dump DumpFunc,
) (m Manifest, err error) {
	if m, err = newManifest(ctx, tx, in, t); err != nil {
		return m, err
	}
	if m.TakenAt.Before(t.SuspendedAt) { // tx has waited for Suspend, and HoldsAll would not know that it holds all
		return m, errSuspendedMeanwhile
	}
	d := Dump{Schema: t.Schema, Server: in.serverVersion}
	if err := tx.QueryRowContext(ctx, `SELECT pg_export_snapshot()`).Scan(&d.Snapshot); err != nil {
		return m, err
	}
	if m.Archive, err = dump(ctx, d); err != nil { // before rows are counted: what it may refuse, it refuses at once
		return m, err
	}
	err = p.fillManifest(ctx, tx, in, t, &m)
	return m, err
}

// settle waits until nobody writes to a suspended tenant's tables, and calls f, until whose end nobody will. Suspend
// cuts no transaction off, and one that has written may write again; it holds locks on what it has written to
// (PostgreSQL manual, 13.3.1). Others cannot begin.
func (p *Provisioner) settle(ctx context.Context, id string, f func(*sql.Tx, installation, Tenant) error) error {
	return p.lockedOn(ctx, p.db, id, func(tx *sql.Tx) error {
		in, err := p.installation(ctx, tx)
		if err != nil {
			return err
		}
		t, err := p.living(ctx, tx, id)
		if err != nil {
			return err
		}
		if t.State == Suspended {
			const locks = `
SELECT COALESCE('LOCK TABLE ' || string_agg(format('ONLY %I.%I', n.nspname, c.relname), ', ') || ' IN SHARE MODE', '')
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`
			if err := runMade(ctx, tx, locks, t.Schema); err != nil {
				return err
			}
		}
		return f(tx, in, t)
	})
}

// newManifest begins a manifest with what comes before the archive: where sequences stand then, and the refusal of
// large objects.
func newManifest(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (m Manifest, err error) {
	m = Manifest{
		Format: manifestFormat, Installation: in.id, Environment: in.environment, Server: in.serverVersion,
		Tenant: ManifestTenant{
			ID: t.ID, DisplayName: t.DisplayName, State: t.State, Schema: t.Schema, DDLDigest: t.DDLDigest,
			DDLVersion: t.DDLVersion, Catalog: t.Catalog,
		},
		Describer: describer(),
	}
	var there bool
	const now = `SELECT now(), to_regnamespace(quote_ident($1)) IS NOT NULL`
	if err := tx.QueryRowContext(ctx, now, t.Schema).Scan(&m.TakenAt, &there); err != nil {
		return m, err
	}
	if !there {
		return m, driftError([]Difference{{Change: Missing, Kind: "schema", Object: t.Schema}})
	}
	m.TakenAt = m.TakenAt.UTC()
	if err := checkLargeObjects(ctx, tx, t.Schema); err != nil {
		return m, err
	}
	m.Sequences, err = readSequences(ctx, tx, t.Schema)
	return m, err
}

// fillManifest reads the rest of what the snapshot shows of a tenant.
func (p *Provisioner) fillManifest(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, m *Manifest,
) (err error) {
	if t.NextDDL != "" {
		const next = `SELECT next_digest, next_script, next_done FROM {{system}}.tenant WHERE id = $1`
		of := &m.Tenant
		if err := tx.QueryRowContext(ctx, p.system(next), t.ID).Scan(&of.NextDDL, &of.NextScript, &of.NextDone); err != nil {
			return err
		}
	}
	if m.Tables, err = countTables(ctx, tx, t.Schema); err != nil {
		return err
	}
	fields := func(e *ManifestExtension) []any { return []any{&e.Name, &e.Schema} }
	if m.Extensions, err = rowsOf(ctx, tx, fields, extensionsSQL, t.Schema); err != nil {
		return err
	}
	got, err := p.describe(ctx, tx, in, t) // last, since describePlan is bad for counting
	if err != nil {
		return err
	}
	m.Description = got.schema.text()
	want, err := p.recorded(ctx, tx, t)
	if err != nil {
		return err
	}
	if text := want.text(); want != nil && text != m.Description {
		m.Recorded = text
	}
	return nil
}
