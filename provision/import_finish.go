package provision

import (
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
	if err := p.closeTables(ctx, tx, in, done.Tenant); err != nil {
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
	wrong, lost, depth, err := m.compare(got.schema, in.serverVersion)
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return fmt.Errorf("%w: what was restored is not what its manifest says: %w", ErrArchive, driftError(wrong))
	}
	done.Lost, done.Compared = lost, depth
	if m.Recorded != "" { // it differs from its record as it did
		if got.schema, err = parseShape(m.Recorded); err != nil {
			return err
		}
	}
	if done.Tenant, err = p.registerImported(ctx, tx, in, done.Tenant, got.schema); err != nil {
		return err
	}
	if o.Suspended {
		if done.Tenant, err = p.suspendImported(ctx, tx, in, done.Tenant); err != nil {
			return err
		}
	}
	if !in.tenantRoles() {
		return nil
	}
	return joinShared(ctx, tx, in, done.Tenant)
}

// registerImported writes the registry row, which may be that of the dropped tenant.
func (p *Provisioner) registerImported(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, record shape,
) (Tenant, error) {
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
	if err := p.keepLabel(ctx, tx, t); err != nil {
		return t, err
	}
	return p.setCatalog(ctx, tx, t, record)
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
