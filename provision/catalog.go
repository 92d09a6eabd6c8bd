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
	if err := p.recordTarget(ctx, tx, d.schema); err != nil {
		return t, err
	}
	return p.setCatalog(ctx, tx, t, d.schema)
}

// recordTarget records what the Provisioner's DDL makes, unless a tenant of it was recorded.
func (p *Provisioner) recordTarget(ctx context.Context, tx *sql.Tx, s shape) error {
	const insert = `
INSERT INTO {{system}}.catalog (digest, ddl_digest, server, description)
VALUES ($1, $2, current_setting('server_version_num')::integer / 10000, $3) ON CONFLICT (ddl_digest, server) DO NOTHING`
	_, err := tx.ExecContext(ctx, p.system(insert), s.digest(), p.catalogKey, s.text())
	return err
}

// target returns the description that was recorded on this server for a DDL, by its digest, or by a catalogKey. It is
// nil for none.
func (p *Provisioner) target(ctx context.Context, q queryer, ddlDigest string) (shape, error) {
	const query = `
SELECT description FROM {{system}}.catalog
 WHERE (ddl_digest = $1 OR starts_with(ddl_digest, $1 || ' '))
   AND server = current_setting('server_version_num')::integer / 10000
 ORDER BY ddl_digest LIMIT 1`
	return p.description(ctx, q, query, ddlDigest)
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
	query := p.system(`UPDATE {{system}}.tenant SET ddl_digest = $2, ddl_version = $3, catalog_digest = $4,
       next_digest = NULL, next_script = NULL, next_done = NULL
 WHERE id = $1 RETURNING ` + columns)
	return scanTenant(tx.QueryRowContext(ctx, query, t.ID, t.DDLDigest, t.DDLVersion, s.digest()).Scan)
}

// recorded returns the description that t's schema should have. It is nil when none was ever recorded.
func (p *Provisioner) recorded(ctx context.Context, q queryer, t Tenant) (shape, error) {
	return p.description(ctx, q, `SELECT description FROM {{system}}.catalog WHERE digest = $1 LIMIT 1`, t.Catalog)
}

func (p *Provisioner) description(ctx context.Context, q queryer, query, digest string) (shape, error) {
	var text string
	err := q.QueryRowContext(ctx, p.system(query), digest).Scan(&text)
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
