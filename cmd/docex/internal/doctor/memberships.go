package doctor

import (
	"context"
	"regexp"
)

// membership is a role that the application's login is a member of, directly or through others.
type membership struct {
	role, member                 string // member: the login, or the role between
	inherited                    bool   // its rights are the login's; otherwise it takes SET ROLE, which the guard refuses
	super, predefined, owns, few bool   // few: the predefined role shows statistics at most, or signals
}

// membershipsSQL leaves out tenants' roles, of which there may be many: the registry's check looks at those. The
// options of memberships are from 16 on, so they are read by name.
const membershipsSQL = `
WITH RECURSIVE up (oid, member, inherited) AS (
    SELECT oid, rolname, true FROM pg_roles WHERE rolname = $1
    UNION
    SELECT m.roleid, r.rolname, up.inherited AND COALESCE((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)
      FROM up JOIN pg_auth_members AS m ON m.member = up.oid JOIN pg_roles AS r ON r.oid = m.member
      JOIN pg_roles AS g ON g.oid = m.roleid
     WHERE NOT ($2 <> '' AND (g.rolname = $2 OR starts_with(g.rolname, $2 || '_')))
)
SELECT g.rolname, min(up.member), bool_or(up.inherited), g.rolsuper, g.oid < 16384, g.rolname IN
       ('pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_signal_backend',
        'pg_checkpoint', 'pg_use_reserved_connections', 'pg_signal_autovacuum_worker'),
       g.oid = (SELECT s.nspowner FROM pg_namespace AS s WHERE s.nspname = $3)
  FROM up JOIN pg_roles AS g ON g.oid = up.oid WHERE g.rolname <> $1
 GROUP BY g.oid, g.rolname, g.rolsuper ORDER BY g.rolname`

func checkMemberships(ctx context.Context, d *doctor) ([]Finding, error) {
	if d.super {
		return one(skipped("because %s", d.thin))
	}
	var fs []Finding
	args := []any{d.login, d.in.shared, d.system()}
	err := d.read(ctx, membershipsSQL, args, func(scan func(...any) error) error {
		var m membership
		err := scan(&m.role, &m.member, &m.inherited, &m.super, &m.predefined, &m.few, &m.owns)
		if f, bad := d.judgeMembership(m); err == nil && bad {
			fs = append(fs, f)
		}
		return err
	})
	if len(fs) == 0 && err == nil {
		fs = []Finding{ok("%q is in no role that reads or writes beyond a tenant", d.login)}
	}
	return fs, err
}

func (d *doctor) judgeMembership(m membership) (Finding, bool) {
	var lost string
	switch {
	case m.super:
		lost = "a superuser"
	case m.owns:
		lost = "who owns the registry and the tenants' schemas"
	case m.predefined && !m.few:
		lost = "whose rights are not a tenant's"
	case m.predefined:
		return warning(m.revoke(), "%q is in %q, and sees what all tenants are doing", d.login, m.role), true
	default:
		return Finding{}, false
	}
	weak := warning
	if m.super || walksPast.MatchString(m.role) {
		weak = d.weak
	}
	if m.inherited {
		f := weak(m.revoke(), "%q has the rights of %q, %s, without being pinned", d.login, m.role, lost)
		f.Status = Failure
		return f, true
	}
	return weak(m.revoke(), "%q may become %q, %s: only that the guard refuses SET ROLE keeps it from that",
		d.login, m.role, lost), true
}

// walksPast are the predefined roles whose members the driver refuses as logins.
var walksPast = regexp.MustCompile(
	`^pg_(read_all_data|write_all_data|(read|write)_server_files|execute_server_program)$`)

func (m membership) revoke() string { return "REVOKE " + quote(m.role) + " FROM " + quote(m.member) }
