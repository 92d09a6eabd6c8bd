package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// keptDDL is an expression: whether the text of the DDL $5 is kept under its label $6, which then means no other DDL.
// It is part of a query that Create sends in any case.
const keptDDL = `
       EXISTS (SELECT FROM {{system}}.ddl WHERE digest = $5 AND version = $6 AND texts IS NOT NULL)`

// inUse is whether some tenant that was not dropped has the DDL of row d, or is on the way to it. The labels of all
// others are free.
const inUse = `EXISTS (SELECT FROM {{system}}.tenant AS o
                         WHERE o.state <> 'dropped' AND d.digest IN (o.ddl_digest, o.next_digest))`

// versionTaken is the error for a label that means another DDL; nil for an empty digest.
func versionTaken(version, digest string) error {
	if digest == "" {
		return nil
	}
	return fmt.Errorf("%w: %q means %s here; give the changed DDL another DDLVersion", ErrDDLVersion, version, digest)
}

// keepDDL writes the text of the Provisioner's DDL, from which old tenants' schemas can be made again, and what its
// label means from now on. Of two transactions that do so at the same time the second waits for the first.
func (p *Provisioner) keepDDL(ctx context.Context, tx *sql.Tx) error {
	return p.keep(ctx, tx, p.ddl, p.cfg.DDLVersion)
}

// keepImported writes the same for a tenant that was imported: of another DDL than the Provisioner's there is no text.
// Where the tenant's label means another DDL here, it gets none.
func (p *Provisioner) keepImported(ctx context.Context, tx *sql.Tx, t Tenant) (Tenant, error) {
	const query = `
SELECT EXISTS (SELECT FROM {{system}}.ddl AS d WHERE version = $1 AND version <> '' AND digest <> $2 AND ` + inUse + `)`
	var taken bool
	if err := tx.QueryRowContext(ctx, p.system(query), t.DDLVersion, t.DDLDigest).Scan(&taken); err != nil {
		return t, err
	}
	if taken {
		t.DDLVersion = ""
	}
	d := ddl{digest: t.DDLDigest}
	if d.digest == p.ddl.digest {
		d = p.ddl
	}
	return t, p.keep(ctx, tx, d, t.DDLVersion)
}

func (p *Provisioner) keep(ctx context.Context, tx *sql.Tx, d ddl, version string) error {
	const insert = `
INSERT INTO {{system}}.ddl (digest, version, names, texts) VALUES ($1, $2, $3, $4)
    ON CONFLICT (digest, version) DO UPDATE SET names = excluded.names, texts = excluded.texts
 WHERE ddl.texts IS NULL`
	const free = `
DELETE FROM {{system}}.ddl AS d WHERE version = $1 AND version <> '' AND digest <> $2 AND NOT ` + inUse
	if _, err := tx.ExecContext(ctx, p.system(free), version, d.digest); err != nil {
		return err
	}
	names, texts := d.columns()
	_, err := tx.ExecContext(ctx, p.system(insert), d.digest, version, names, texts)
	if violates(err, indexDDLVersion) {
		err = fmt.Errorf("%w: %w", versionTaken(version, "another DDL"), err)
	}
	return err
}

const indexDDLVersion = "ddl_version"

// checkVersion refuses a Config.DDLVersion that means another DDL.
func (p *Provisioner) checkVersion(ctx context.Context, q queryer) error {
	if p.cfg.DDLVersion == "" {
		return nil
	}
	const query = `SELECT digest FROM {{system}}.ddl AS d WHERE version = $1 AND digest <> $2 AND ` + inUse
	var digest string
	err := q.QueryRowContext(ctx, p.system(query), p.cfg.DDLVersion, p.ddl.digest).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return cmp.Or(err, versionTaken(p.cfg.DDLVersion, digest))
}

// kept returns the DDL of a digest with its text, and false when the text is not kept.
func (p *Provisioner) kept(ctx context.Context, q queryer, digest string) (ddl, bool, error) {
	const query = `SELECT names, texts FROM {{system}}.ddl WHERE digest = $1 AND texts IS NOT NULL LIMIT 1`
	arrays := pgtype.NewMap()
	var names, texts []string
	err := q.QueryRowContext(ctx, p.system(query), digest).Scan(arrays.SQLScanner(&names), arrays.SQLScanner(&texts))
	if errors.Is(err, sql.ErrNoRows) {
		return ddl{}, false, nil
	}
	if err != nil {
		return ddl{}, false, err
	}
	d := ddl{digest: digest}
	for i, name := range names {
		d.files = append(d.files, ddlFile{name: name, text: texts[i]})
	}
	return d, true, nil
}

// columns returns the files as the system schema keeps them.
func (d ddl) columns() (names, texts []string) {
	for _, f := range d.files {
		names, texts = append(names, f.name), append(texts, f.text)
	}
	return names, texts
}
