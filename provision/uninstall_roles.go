package provision

import (
	"context"
	"database/sql"
	"strings"
)

// rolesAtOnce is how many roles one transaction drops. It keeps a lock for each.
const rolesAtOnce = 100

// dropLeftRoles drops the roles that Drop has left, since a copy of the database knew them then. There may be more of
// them than the server has locks for. While there are tenants, it does nothing.
func (p *Provisioner) dropLeftRoles(ctx context.Context) error {
	const query = `
SELECT t.role_name FROM {{system}}.tenant AS t JOIN pg_roles AS r ON r.rolname = t.role_name
 WHERE t.state = 'dropped' AND NOT ` + knownToOthers + `
   AND NOT EXISTS (SELECT FROM {{system}}.tenant WHERE NOT is_system AND state <> 'dropped')
 ORDER BY t.role_name LIMIT $1`
	for more := true; more; {
		err := p.lockedOn(ctx, p.db, "", func(tx *sql.Tx) error {
			roles, err := rowsOf(ctx, tx, itself[string], p.system(query), rolesAtOnce)
			if more = len(roles) == rolesAtOnce; err != nil || len(roles) == 0 {
				return err
			}
			return dropRoles(ctx, tx, roles)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func dropRoles(ctx context.Context, tx *sql.Tx, roles []string) error {
	statements := make([]string, len(roles))
	for i, role := range roles {
		statements[i] = "DROP ROLE " + quote(role)
	}
	_, err := tx.ExecContext(ctx, strings.Join(statements, ";\n"))
	return err
}

// knownToOthers is whether another database of the server knows the role r.
const knownToOthers = `EXISTS (
    SELECT FROM pg_shdepend AS s
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
       AND s.dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))`

// ownRoles returns the roles of the installation that no other database of the server knows: the shared one, the
// reserve, and what is left by dropLeftRoles.
func (p *Provisioner) ownRoles(ctx context.Context, tx *sql.Tx, in installation) ([]string, error) {
	if !in.tenantRoles() {
		return nil, nil
	}
	const query = `
SELECT rolname FROM pg_roles AS r
 WHERE (rolname IN ($1, $2) OR rolname IN (SELECT role_name FROM {{system}}.reserve)
        OR rolname IN (SELECT role_name FROM {{system}}.tenant))
   AND NOT ` + knownToOthers + ` ORDER BY rolname DESC`
	return rowsOf(ctx, tx, itself[string], p.system(query), in.sharedRole, in.loginRole)
}
