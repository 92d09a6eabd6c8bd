package doctor

import (
	"context"
	"fmt"
	"strings"
)

// checkLogin compares the application's login with the role that Init has recorded and granted the pin function to.
func checkLogin(ctx context.Context, d *doctor) ([]Finding, error) {
	if d.login == d.in.appRole {
		return one(ok("%q is the recorded application role", d.login))
	}
	var exists, inherits bool
	const query = `
SELECT count(*) > 0, COALESCE(bool_or(pg_has_role(l.oid, a.oid, 'USAGE')), false)
  FROM pg_roles AS l, pg_roles AS a WHERE l.rolname = $1 AND a.rolname = $2`
	if err := d.Admin.QueryRowContext(ctx, query, d.login, d.in.appRole).Scan(&exists, &inherits); err != nil {
		return nil, err
	}
	remedy := fmt.Sprintf("the user %s in app_dsn", d.in.appRole)
	switch {
	case !exists:
		return one(failure(remedy, "app_dsn logs in as %q; here the application role is %q", d.login, d.in.appRole))
	case !inherits:
		return one(failure(remedy, "app_dsn logs in as %q, who has none of the rights of %q, the recorded application role",
			d.login, d.in.appRole))
	}
	return one(warning(remedy, "app_dsn logs in as %q, who has the rights of %q, the recorded application role, and others",
		d.login, d.in.appRole))
}

// attributes are those of the application's login that reach further than a tenant.
type attributes struct{ super, bypass, createRole, createDB, replication, inherit bool }

func checkAttributes(ctx context.Context, d *doctor) ([]Finding, error) {
	const query = `
SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit FROM pg_roles WHERE rolname = $1`
	var a attributes
	err := d.Admin.QueryRowContext(ctx, query, d.login).Scan(
		&a.super, &a.bypass, &a.createRole, &a.createDB, &a.replication, &a.inherit)
	if err != nil {
		return nil, fmt.Errorf("role %q: %w", d.login, err)
	}
	findings := d.judge(a)
	if len(findings) == 0 {
		findings = []Finding{ok("%q is no superuser and has no attribute that reaches beyond a tenant", d.login)}
	}
	return findings, nil
}

// judge warns of each attribute. A superuser's others make no difference.
func (d *doctor) judge(a attributes) (fs []Finding) {
	alter := "ALTER ROLE " + quote(d.login) + " "
	if a.super {
		d.thin = fmt.Sprintf("%q is a superuser", d.login)
		return []Finding{warning(alter+"NOSUPERUSER NOINHERIT", "%q is a superuser: until a statement is pinned no role holds it "+
			"back, so what goes round the guard reads everything", d.login)}
	}
	for _, attribute := range []struct {
		has        bool
		name, lost string
	}{
		{a.createRole, "CREATEROLE", "it can give itself the rights of other roles"},
		{a.bypass, "BYPASSRLS", "row security policies do not hold it back"},
		{a.replication, "REPLICATION", "it can read all that is written in the whole server"},
		{a.createDB, "CREATEDB", "it can make databases, which no application needs"},
	} {
		if attribute.has {
			fs = append(fs, warning(alter+"NO"+attribute.name, "%q has %s: %s", d.login, attribute.name, attribute.lost))
		}
	}
	// From 16 on each membership says for itself whether it is inherited.
	if a.inherit && d.server.major < 16 && d.in.shared != "" {
		fs = append(fs, failure(alter+"NOINHERIT", "%q inherits: it has every tenant's rights without being pinned", d.login))
	}
	return fs
}

// membership is a role that the application's login is a member of, directly or through others.
type membership struct {
	role                         string
	inherited                    bool // its rights are the login's; otherwise it takes SET ROLE, which the guard refuses
	super, predefined, owns, few bool // few: the predefined role shows statistics at most, or signals
}

// membershipsSQL leaves out tenants' roles, of which there may be many: the registry's check looks at those. The options
// of memberships are from 16 on, so they are read by name.
const membershipsSQL = `
WITH RECURSIVE up (oid, inherited) AS (
    SELECT oid, true FROM pg_roles WHERE rolname = $1
    UNION
    SELECT m.roleid, up.inherited AND COALESCE((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)
      FROM up JOIN pg_auth_members AS m ON m.member = up.oid JOIN pg_roles AS r ON r.oid = m.member
      JOIN pg_roles AS g ON g.oid = m.roleid
     WHERE NOT ($2 <> '' AND (g.rolname = $2 OR starts_with(g.rolname, $2 || '_')))
)`

func checkMemberships(ctx context.Context, d *doctor) ([]Finding, error) {
	const query = membershipsSQL + `
SELECT g.rolname, bool_or(up.inherited), g.rolsuper, g.oid < 16384, g.rolname IN
       ('pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_signal_backend',
        'pg_checkpoint', 'pg_use_reserved_connections', 'pg_signal_autovacuum_worker'),
       EXISTS (SELECT FROM pg_namespace AS n JOIN pg_namespace AS s ON s.nspname = $3
                WHERE n.nspowner = g.oid AND n.nspowner = s.nspowner)
  FROM up JOIN pg_roles AS g ON g.oid = up.oid WHERE g.rolname <> $1
 GROUP BY g.oid, g.rolname, g.rolsuper ORDER BY g.rolname`
	rows, err := d.Admin.QueryContext(ctx, query, d.login, d.in.shared, d.system())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var fs []Finding
	for rows.Next() {
		var m membership
		if err := rows.Scan(&m.role, &m.inherited, &m.super, &m.predefined, &m.few, &m.owns); err != nil {
			return nil, err
		}
		if f, bad := m.judge(d); bad && d.thin == "" { // a superuser's memberships make no difference
			fs = append(fs, f)
		}
	}
	if len(fs) == 0 {
		fs = []Finding{ok("%q is in no role that reads or writes beyond a tenant", d.login)}
	}
	return fs, rows.Err()
}

func (m membership) judge(d *doctor) (Finding, bool) {
	var lost string
	switch {
	case m.super:
		lost = "a superuser"
	case m.owns:
		lost = "who owns the registry and the tenants' schemas"
	case m.predefined && !m.few:
		lost = "whose rights are not a tenant's"
	case m.predefined:
		return warning(m.revoke(d), "%q is in %q, and sees what all tenants are doing", d.login, m.role), true
	default:
		return Finding{}, false
	}
	if m.inherited {
		return failure(m.revoke(d), "%q has the rights of %q, %s, without being pinned", d.login, m.role, lost), true
	}
	return warning(m.revoke(d), "%q may become %q, %s: only that the guard refuses SET ROLE keeps it from that",
		d.login, m.role, lost), true
}

func (m membership) revoke(d *doctor) string {
	return "REVOKE " + quote(m.role) + " FROM " + quote(d.login)
}

// checkOwnership warns of what belongs to the application's login: an owner needs no grant.
func checkOwnership(ctx context.Context, d *doctor) ([]Finding, error) {
	rows, err := d.Admin.QueryContext(ctx, d.sql(ownedSQL), d.login, d.system())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var owned []string
	for rows.Next() {
		var object string
		if err := rows.Scan(&object); err != nil {
			return nil, err
		}
		owned = append(owned, object)
	}
	if err := rows.Err(); err != nil || len(owned) == 0 {
		return []Finding{ok("nothing of docex's belongs to %q", d.login)}, err
	}
	if d.thin == "" {
		d.thin = fmt.Sprintf("%q owns what it works on", d.login)
	}
	return one(warning("ALTER "+owned[0]+" OWNER TO "+quote(d.administrator),
		"%q owns %s: an owner needs no grant, so for it there is no role wall there", d.login, some(owned)))
}

// ownedSQL finds the database, the system schema, tenants' schemas and what is in those. Roles' objects are looked up by
// the role (PostgreSQL manual, 53.49 "pg_shdepend"), but for the bootstrap superuser's, who has none there and for whom
// it does not matter.
const ownedSQL = `
WITH home AS (
    SELECT n.oid FROM pg_namespace AS n
     WHERE n.nspname = $2 OR n.nspname IN (SELECT schema_name::name FROM {{system}}.tenant WHERE state <> 'dropped')
), owned AS (
    SELECT s.classid, s.objid FROM pg_shdepend AS s
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
       AND s.deptype = 'o' AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT format('DATABASE %I', datname) FROM owned JOIN pg_database AS d ON d.oid = objid
 WHERE classid = 'pg_database'::regclass AND datname = current_database()
UNION ALL
SELECT format('SCHEMA %I', nspname) FROM owned JOIN pg_namespace AS n ON n.oid = objid
 WHERE classid = 'pg_namespace'::regclass AND n.oid IN (SELECT oid FROM home)
UNION ALL
SELECT format('TABLE %I.%I', nspname, relname) FROM owned JOIN pg_class AS c ON c.oid = objid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE classid = 'pg_class'::regclass AND n.oid IN (SELECT oid FROM home)
UNION ALL
SELECT format('ROUTINE %s', objid::regprocedure) FROM owned JOIN pg_proc AS f ON f.oid = objid
 WHERE classid = 'pg_proc'::regclass AND f.pronamespace IN (SELECT oid FROM home)`

// most is how many names a finding lists.
const most = 5

// some lists the first of names.
func some(names []string) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
