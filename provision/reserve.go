package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Each CREATE ROLE and each GRANT of a role makes every session of the application collect its login's memberships anew
// at its next change of role. With 10,000 tenants that takes 0.3 to 0.4 s on PostgreSQL 15 and 0.05 s on 18
// (BenchmarkManyTenants). So where there are many tenants, roles are made many at a time, and Create takes one that is
// there. Rights on schemas and tables do not have that effect.

// takeRole gives t a role out of the reserve, which it fills when it is empty. Where there are too few tenants for a
// reserve, t keeps the role that has its name, and that is yet to be made.
func (p *Provisioner) takeRole(ctx context.Context, tx *sql.Tx, s strategy, in installation, t *Tenant) error {
	if !in.tenantRoles() {
		return nil
	}
	role, err := p.reserved(ctx, tx)
	if role == "" && err == nil {
		role, err = p.fillReserve(ctx, tx, s, in)
	}
	if role != "" {
		t.Role = role
	}
	return err
}

// commentRole has who looks at the server's roles know whose a role out of the reserve is, as the registry does.
func commentRole(t Tenant) string {
	return fmt.Sprintf("COMMENT ON ROLE %s IS '%s'", quote(t.Role), strings.ReplaceAll("docex: tenant "+t.ID, "'", "''"))
}

// reserved takes a role out of the reserve, or returns "". A database that was restored on another server has a reserve
// of roles that are not there. A copy of a database has the same reserve as the other one, which may work with its
// roles.
func (p *Provisioner) reserved(ctx context.Context, tx *sql.Tx) (role string, err error) {
	const take = `
DELETE FROM {{system}}.reserve WHERE role_name = (
    SELECT r.role_name FROM {{system}}.reserve AS r
     WHERE to_regrole(quote_ident(r.role_name)) IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_shdepend AS d WHERE d.refclassid = 'pg_authid'::regclass
                          AND d.refobjid = to_regrole(quote_ident(r.role_name))::oid AND d.dbid <> 0)
     LIMIT 1 FOR UPDATE OF r SKIP LOCKED)
RETURNING role_name`
	err = tx.QueryRowContext(ctx, p.system(take)).Scan(&role)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return role, err
}

const (
	// reserveShare is of how many tenants one is the size of the reserve: what it saves grows with their number.
	reserveShare = 16
	// defaultRoleReserve is what Config.RoleReserve is when it is 0.
	defaultRoleReserve = 64
)

// fillReserve makes roles and takes one. Who comes meanwhile waits for the commit, and finds them.
func (p *Provisioner) fillReserve(ctx context.Context, tx *sql.Tx, s strategy, in installation) (string, error) {
	var n int
	const count = `SELECT least($1, count(*) / $2) FROM {{system}}.tenant WHERE state <> 'dropped'`
	if err := tx.QueryRowContext(ctx, p.system(count), p.cfg.RoleReserve, reserveShare).Scan(&n); err != nil || n < 2 {
		return "", err
	}
	const lock = `SELECT pg_advisory_xact_lock($1)`
	if _, err := tx.ExecContext(ctx, lock, lockKey(p.cfg.SystemSchema, "$reserve")); err != nil {
		return "", err
	}
	if role, err := p.reserved(ctx, tx); role != "" || err != nil {
		return role, err
	}
	const clean = `DELETE FROM {{system}}.reserve WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name)`
	if _, err := tx.ExecContext(ctx, p.system(clean)); err != nil {
		return "", err
	}
	names, err := p.reserveNames(ctx, tx, in, n)
	if err != nil {
		return "", err
	}
	var statements []string
	for _, name := range names {
		t := Tenant{Role: name}
		statements = append(statements, createRole(s, t), in.grantMembership(t, in.holder()), in.grantShared(t))
	}
	if _, err := tx.ExecContext(ctx, strings.Join(statements, ";\n")); err != nil {
		return "", asSentinel(err, ErrNoRole, codeUndefinedObject)
	}
	const insert = `INSERT INTO {{system}}.reserve (role_name) SELECT unnest($1::text[])`
	_, err = tx.ExecContext(ctx, p.system(insert), names[1:])
	return names[0], err
}

// reserveNames returns names that no role has, and no tenant ever had. '$' is in no tenant's id, so they are not those
// of roles that are made with their tenants.
func (p *Provisioner) reserveNames(ctx context.Context, tx *sql.Tx, in installation, n int) ([]string, error) {
	const free = `
WITH taken (name) AS (SELECT rolname::text FROM pg_roles UNION ALL SELECT role_name FROM {{system}}.tenant),
     last (n) AS (SELECT COALESCE(max(substr(name, length($1) + 1)::bigint), 0) FROM taken
                   WHERE starts_with(name, $1) AND substr(name, length($1) + 1) ~ '^[0-9]{1,18}$')
SELECT string_agg($1 || i, ',') FROM last, generate_series(last.n + 1, last.n + $2::integer) AS i`
	var joined string
	err := tx.QueryRowContext(ctx, p.system(free), in.sharedRole+"$", n).Scan(&joined)
	return strings.Split(joined, ","), err
}
