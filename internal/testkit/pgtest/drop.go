package pgtest

import (
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	allRoles = "SELECT rolname FROM pg_roles"

	// rolesOf lists the roles that a database knows, by owning something in it or having been granted something, and
	// the roles that its application role is a member of.
	rolesOf = `
SELECT r.rolname FROM pg_database b
  JOIN pg_shdepend d ON d.dbid = b.oid OR d.classid = 'pg_database'::regclass AND d.objid = b.oid
  JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
 WHERE b.datname = $1
UNION
SELECT g.rolname FROM pg_auth_members m
  JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles a ON a.oid = m.member
 WHERE a.rolname = $2`

	codeDependentObjects = "2BP01" // a role that another database also knows
	codeUndefinedObject  = "42704"

	codeInsufficientPrivilege = "42501"
)

// drop removes a database, and the roles that came with it: those that it knows and that are not among the older ones.
// Roles that are neither docex's nor the application's go where tests' roles do.
func (c *Cluster) drop(db *DB, older []string) error {
	return c.everywhere(func(n node) error {
		if c.citus() {
			if err := n.abandon(db.Name); err != nil {
				return err
			}
		}
		return drop(n.admin, db, func(role string) bool {
			return !slices.Contains(older, role) &&
				(c.testsRoles || role == db.AppRole || installationRole.MatchString(role))
		})
	})
}

func drop(node *sql.DB, db *DB, goes func(role string) bool) error {
	known, err := roles(node, rolesOf, db.Name, db.AppRole)
	if err != nil {
		return err
	}
	known = slices.DeleteFunc(known, func(role string) bool { return !goes(role) })
	if err := hide(node, known); err != nil {
		return err
	}
	dropIt := "DROP DATABASE IF EXISTS " + db.Name
	_, err = node.Exec(dropIt + " WITH (FORCE)")
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == codeInsufficientPrivilege {
		if err = db.evict(node); err == nil {
			_, err = node.Exec(dropIt) // which waits, some seconds, for those who are about to go
		}
	}
	if err != nil {
		return err
	}
	return dropRoles(node, known)
}

// evict ends the application's sessions for an administrator who is no superuser, and so may not end those of others,
// such as autovacuum's, which the server ends itself. It takes the role's rights to end them (PostgreSQL manual, 9.28.2
// "Server Signaling Functions").
func (d *DB) evict(node *sql.DB) error {
	for _, statement := range []string{
		"ALTER DATABASE " + d.Name + " ALLOW_CONNECTIONS false",
		"GRANT " + d.AppRole + " TO CURRENT_USER",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + d.Name + "' AND usename = '" +
			d.AppRole + "'",
	} {
		if _, err := node.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// installationRole is how docex names roles.
var installationRole = regexp.MustCompile(`^docex_[0-9a-f]{8}([_$.]|$)`)

// hide renames roles of docex's, so that its doctor does not take them in another test for those of a database that was
// dropped, which they are for a moment.
func hide(node *sql.DB, roles []string) error {
	var renames []string
	for i, role := range roles {
		if installationRole.MatchString(role) {
			roles[i] = "pgtest_" + randomHex(8)
			renames = append(renames, "ALTER ROLE "+pgx.Identifier{role}.Sanitize()+" RENAME TO "+roles[i])
		}
	}
	_, err := node.Exec(strings.Join(renames, "; "))
	return err
}

// dropRoles drops each role that nothing depends on any more. The other ones go with the last database that knows
// them.
func dropRoles(node *sql.DB, roles []string) error {
	var errs []error
	for _, role := range roles {
		_, err := node.Exec("DROP ROLE IF EXISTS " + pgx.Identifier{role}.Sanitize())
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && (pgErr.Code == codeDependentObjects || pgErr.Code == codeUndefinedObject) {
			continue
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func roles(node *sql.DB, query string, args ...any) (names []string, err error) {
	rows, err := node.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
