package provision

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// finishImport gives the tenant its rights, compares it with the manifest and registers it.
func (p *Provisioner) finishImport(
	ctx context.Context, tx *sql.Tx, in installation, m Manifest, o ImportOptions, done *Imported,
) error {
	if err := resetRights(ctx, tx, in, done.Tenant); err != nil {
		return err
	}
	if err := cmp.Or(p.narrow(ctx, tx, in, done.Tenant, m), p.closeTables(ctx, tx, in, done.Tenant)); err != nil {
		return err
	}
	if err := checkRows(ctx, tx, done.Tenant.Schema, m); err != nil {
		return err
	}
	got, err := p.describe(ctx, tx, in, done.Tenant)
	if err != nil {
		return err
	}
	if err := got.schema.checkRenamed(m.Tenant.Schema, done.Tenant.Schema); err != nil {
		return err
	}
	if !o.Restore { // what comes back is as it was in this database
		if err := p.checkOthers(ctx, tx, done.Tenant, got.schema); err != nil {
			return err
		}
	}
	wrong, lost, depth, err := m.compare(got.schema, in.serverVersion, p.cfg.ReadOnlyTables)
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return fmt.Errorf("%w: what was restored is not what its manifest says: %w", ErrArchive,
			driftError(in.named(done.Tenant, wrong)))
	}
	done.Lost, done.Compared = in.named(done.Tenant, lost), depth
	if m.Recorded != "" { // it differs from its record as it did
		if got.schema, err = parseShape(m.Recorded); err != nil {
			return err
		}
	}
	if done.Tenant, err = p.registerImported(ctx, tx, m, done.Tenant, got.schema); err != nil {
		return err
	}
	if o.Suspended {
		if done.Tenant, err = p.suspendImported(ctx, tx, in, done.Tenant); err != nil {
			return err
		}
	}
	return joinShared(ctx, tx, in, done.Tenant)
}

// narrow takes from the tenant's role what Create gives and the archive's tenant was not meant to have: somebody has
// taken it, and Reseal has recorded that.
// What another major version prints of functions may differ, so there they keep what they have.
func (p *Provisioner) narrow(ctx context.Context, tx *sql.Tx, in installation, t Tenant, m Manifest) error {
	had, err := parseShape(cmp.Or(m.Recorded, m.Description))
	if err != nil || m.Describer != describer() {
		return err
	}
	all, err := grantables(ctx, tx, t.Schema)
	if err != nil {
		return err
	}
	var revokes []string
	for _, g := range all {
		rights := privileges(had[object{"grant", g.label + " to {{role}}"}])
		taken := slices.DeleteFunc(g.gives, func(privilege string) bool { return slices.Contains(rights, privilege) })
		if len(taken) > 0 && (g.kind != "ROUTINE" || m.Server/10000 == in.serverVersion/10000) {
			revokes = append(revokes, g.before+"REVOKE "+strings.Join(taken, ", ")+" ON "+g.kind+" "+g.name+" FROM "+
				quote(in.grantee(t)))
		}
	}
	_, err = tx.ExecContext(ctx, strings.Join(revokes, ";\n"))
	return err
}

// registerImported writes the registry row, which may be that of the dropped tenant. An upgrade of it that had its
// second part to do still has.
func (p *Provisioner) registerImported(
	ctx context.Context, tx *sql.Tx, m Manifest, t Tenant, record shape,
) (Tenant, error) {
	t, err := p.keepImported(ctx, tx, t)
	if err != nil {
		return t, err
	}
	const insert = `
INSERT INTO {{system}}.tenant (id, display_name, strategy, schema_name, role_name, ddl_digest, ddl_version)
VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, $7)
ON CONFLICT (id) DO UPDATE
   SET display_name = excluded.display_name, state = 'active', role_name = excluded.role_name, suspended_at = NULL,
       dropped_at = NULL
 WHERE tenant.state = 'dropped'`
	if _, err := tx.ExecContext(ctx, p.system(insert), t.ID, t.DisplayName, string(t.Strategy), t.Schema, t.Role,
		t.DDLDigest, t.DDLVersion); err != nil {
		return t, err
	}
	if t, err = p.setCatalog(ctx, tx, t, record); err != nil || m.Tenant.NextDDL == "" {
		return t, err
	}
	const next = `
UPDATE {{system}}.tenant SET next_digest = $2, next_script = $3, next_done = $4 WHERE id = $1 RETURNING `
	return scanTenant(tx.QueryRowContext(ctx, p.system(next+columns), t.ID, m.Tenant.NextDDL, m.Tenant.NextScript,
		m.Tenant.NextDone).Scan)
}

func (p *Provisioner) suspendImported(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (Tenant, error) {
	if err := revokeUse(ctx, tx, in, t); err != nil {
		return t, err
	}
	const suspend = `UPDATE {{system}}.tenant SET state = 'suspended', suspended_at = now() WHERE id = $1 RETURNING `
	return scanTenant(tx.QueryRowContext(ctx, p.system(suspend+columns), t.ID).Scan)
}

// checkRows holds the rows and sequences of a schema against the manifest.
func checkRows(ctx context.Context, tx *sql.Tx, schema string, m Manifest) error {
	tables, err := countTables(ctx, tx, schema)
	if err != nil {
		return err
	}
	if !slices.Equal(tables, m.Tables) {
		return archiveError("what was restored is not what its manifest says: rows of tables are %s, want %s",
			tablesText(tables), tablesText(m.Tables))
	}
	sequences, err := readSequences(ctx, tx, schema)
	if err != nil {
		return err
	}
	now := map[string]ManifestSequence{}
	for _, s := range sequences {
		now[s.Name] = s
	}
	for _, then := range m.Sequences {
		if s, ok := now[then.Name]; !ok || !then.Cycle && s.behind(then) {
			return archiveError("what was restored is not what its manifest says: sequence %s stands at %d, want %d",
				quote(then.Name), s.LastValue, then.LastValue)
		}
	}
	return nil
}

func tablesText(tables []ManifestTable) string {
	texts := make([]string, len(tables))
	for i, t := range tables {
		texts[i] = fmt.Sprintf("%s %d", quote(t.Name), t.Rows)
	}
	return strings.Join(texts, ", ")
}
