package provision

import (
	"context"
	"database/sql"
	"errors"
)

// knownCatalog is the digest of the description that Create's DDL has on this server, or NULL before the first tenant
// of it. $13 is [Provisioner.catalogKey].
const knownCatalog = `
 (SELECT c.digest FROM {{system}}.catalog AS c
   WHERE c.ddl_digest = $13 AND c.server = current_setting('server_version_num')::integer / 10000)`

// recordCatalog describes the first tenant of a DDL, for itself and for all that follow: they are not described, since
// the same DDL makes the same objects, and when it does not, Verify tells. Of two first tenants the second waits for
// the commit of the one that came before it.
func (p *Provisioner) recordCatalog(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (Tenant, error) {
	d, err := p.describe(ctx, tx, in, t)
	if err != nil {
		return t, err
	}
	const insert = `
INSERT INTO {{system}}.catalog (digest, ddl_digest, server, description)
VALUES ($1, $2, current_setting('server_version_num')::integer / 10000, $3) ON CONFLICT (ddl_digest, server) DO NOTHING`
	if _, err := tx.ExecContext(ctx, p.system(insert), d.schema.digest(), p.catalogKey, d.schema.text()); err != nil {
		return t, err
	}
	return p.setCatalog(ctx, tx, t, d.schema)
}

// setCatalog registers the description of t's schema, which is in the system schema already if another tenant has it.
func (p *Provisioner) setCatalog(ctx context.Context, tx *sql.Tx, t Tenant, s shape) (Tenant, error) {
	const insert = `
INSERT INTO {{system}}.catalog (digest, server, description)
SELECT $1, current_setting('server_version_num')::integer / 10000, $2
 WHERE NOT EXISTS (SELECT FROM {{system}}.catalog WHERE digest = $1)`
	if _, err := tx.ExecContext(ctx, p.system(insert), s.digest(), s.text()); err != nil {
		return t, err
	}
	query := p.system(`UPDATE {{system}}.tenant SET ddl_digest = $2, ddl_version = $3, catalog_digest = $4
 WHERE id = $1 RETURNING ` + columns)
	return scanTenant(tx.QueryRowContext(ctx, query, t.ID, t.DDLDigest, t.DDLVersion, s.digest()).Scan)
}

// recorded returns the description that t's schema should have. It is nil when none was ever recorded.
func (p *Provisioner) recorded(ctx context.Context, q queryer, t Tenant) (shape, error) {
	const query = `SELECT description FROM {{system}}.catalog WHERE digest = $1 LIMIT 1`
	var text string
	err := q.QueryRowContext(ctx, p.system(query), t.Catalog).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	record, err := parseShape(text)
	if err != nil {
		return nil, err
	}
	return record.modern(), nil
}
