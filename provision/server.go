package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// minServerVersion is PostgreSQL 15, the first whose schema public takes no objects from everyone (release notes of
// 15).
const minServerVersion = 150000

// inheritOption is the first version in which a membership says for itself whether it is inherited, 16.
const inheritOption = 160000

// server is what Init checks before it changes anything.
type server struct {
	version         int // server_version_num
	encoding        string
	conforming      string // standard_conforming_strings
	identifierBytes int    // max_identifier_length
	database        string
	session         string // the administrator's session user
	current         string // the administrator's current role:
	super           bool   // superuser,
	createRole      bool   // may create roles,
	createSchema    bool   // may create schemas in the database
	publicTemp      bool   // PUBLIC may create temporary tables in the database
	publicSchema    bool   // PUBLIC has some right on the schema public
}

// readServer asks for all of it in one query. aclexplode with acldefault shows the rights of PUBLIC (grantee 0) whether
// they were ever changed or are still the built-in defaults.
func readServer(ctx context.Context, tx *sql.Tx) (server, error) {
	const query = `
SELECT current_setting('server_version_num')::integer,
       getdatabaseencoding(),
       current_setting('standard_conforming_strings'),
       current_setting('max_identifier_length')::integer,
       current_database(), session_user, current_user, r.rolsuper, r.rolcreaterole,
       has_database_privilege(d.oid, 'CREATE'),
       EXISTS (SELECT FROM aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a
                WHERE a.grantee = 0 AND a.privilege_type = 'TEMPORARY'),
       EXISTS (SELECT FROM pg_namespace AS n, aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) AS a
                WHERE n.nspname = 'public' AND a.grantee = 0)
  FROM pg_roles AS r, pg_database AS d
 WHERE r.rolname = current_user AND d.datname = current_database()`
	var s server
	err := tx.QueryRowContext(ctx, query).Scan(&s.version, &s.encoding, &s.conforming, &s.identifierBytes, &s.database,
		&s.session, &s.current, &s.super, &s.createRole, &s.createSchema, &s.publicTemp, &s.publicSchema)
	return s, err
}

// check says what is wrong with the server or the administrator's rights in the database, the most basic thing first.
func (s server) check() error {
	switch {
	case s.version < minServerVersion:
		return fmt.Errorf("%w: server_version_num is %d, docex needs PostgreSQL 15 (%d) or newer",
			ErrServerVersion, s.version, minServerVersion)
	case s.encoding != "UTF8":
		return fmt.Errorf(
			"%w: the encoding of database %q is %s, docex needs UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)",
			ErrServerSettings, s.database, s.encoding)
	case s.conforming != "on":
		return fmt.Errorf("%w: standard_conforming_strings is %s, docex needs on", ErrServerSettings, s.conforming)
	case s.identifierBytes < maxName:
		return fmt.Errorf("%w: max_identifier_length is %d, docex needs %d", ErrServerSettings, s.identifierBytes, maxName)
	case !s.createSchema:
		return fmt.Errorf("%w: the administrator needs CREATE on database %q", ErrPrivileges, s.database)
	}
	return nil
}

// checkRoles says whether in's roles can be made here and its application role used with them.
func (s server) checkRoles(ctx context.Context, tx *sql.Tx, cfg Config, in installation) error {
	if in.tenantRoles() && !s.super && !s.createRole {
		return fmt.Errorf("%w: the administrator needs CREATEROLE (or set NoTenantRoles)", ErrPrivileges)
	}
	app, err := readAppRole(ctx, tx, in.appRole)
	if err != nil {
		return err
	}
	return app.check(cfg, s.version, in.tenantRoles())
}

// appRole is the application's login role as the catalog shows it.
type appRole struct {
	name                           string
	exists, login, inherits, super bool
}

// readAppRole looks the role up.
func readAppRole(ctx context.Context, tx *sql.Tx, name string) (appRole, error) {
	a := appRole{name: name, exists: true}
	const query = `SELECT rolcanlogin, rolinherit, rolsuper FROM pg_roles WHERE rolname = $1`
	err := tx.QueryRowContext(ctx, query, name).Scan(&a.login, &a.inherits, &a.super)
	if errors.Is(err, sql.ErrNoRows) {
		return appRole{name: name}, nil
	}
	return a, err
}

// check refuses a role that could not connect, or that would have every tenant's rights without pinning. From 16 on the
// membership itself is granted WITH INHERIT FALSE; on 15 only the role's own NOINHERIT does that. A superuser has all
// rights anyway until it pins: one that Config.AppRole names is a mistake, and one that is there because it names
// nobody is for trying docex out. Attributes can change after Init, so Create and Adopt check again.
func (a appRole) check(cfg Config, serverVersion int, tenantRoles bool) error {
	switch {
	case !a.exists:
		return fmt.Errorf("%w: role %q does not exist", ErrAppRole, a.name)
	case !a.login:
		return fmt.Errorf("%w: role %q cannot log in", ErrAppRole, a.name)
	case a.super && cfg.AppRole != "":
		return fmt.Errorf(
			"%w: role %q is a superuser, whom no tenant's role holds back; the application needs a role of its own",
			ErrAppRole, a.name)
	case !tenantRoles, a.super, serverVersion >= inheritOption, !a.inherits:
		return nil
	}
	return fmt.Errorf("%w: on PostgreSQL 15 role %q could read every tenant without pinning (ALTER ROLE %s NOINHERIT)",
		ErrAppRole, a.name, quote(a.name))
}
