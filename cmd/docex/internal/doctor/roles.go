package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// checkLogin compares the application's login with the role that Init has recorded and granted the pin function to.
func checkLogin(ctx context.Context, d *doctor) ([]Finding, error) {
	if slices.Contains(d.in.logins, d.login) {
		d.in.appRole = d.login // what holds for the one holds for the other
		if len(d.in.logins) > 1 {
			return one(ok("%q is one of %d logins of the application", d.login, len(d.in.logins)))
		}
		return one(ok("%q is the recorded application role", d.login))
	}
	var exists, inherits bool
	const query = `
SELECT count(*) > 0, COALESCE(bool_or(pg_has_role(l.oid, a.oid, 'USAGE')), false)
  FROM pg_roles AS l, pg_roles AS a WHERE l.rolname = $1 AND a.rolname = $2`
	if err := d.readOne(ctx, query, []any{d.login, d.in.appRole}, &exists, &inherits); err != nil {
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
	return one(
		warning(remedy, "app_dsn logs in as %q, who has the rights of %q, the recorded application role, and others",
			d.login, d.in.appRole))
}

// attributes are those of the application's login that reach further than a tenant.
type attributes struct{ super, bypass, createRole, createDB, replication, inherit bool }

func checkAttributes(ctx context.Context, d *doctor) ([]Finding, error) {
	const query = `
SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit FROM pg_roles WHERE rolname = $1`
	var a attributes
	err := d.readOne(ctx, query, []any{d.login},
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
		d.super, d.thin = true, fmt.Sprintf("%q is a superuser", d.login)
		return []Finding{d.weak("a role of the application's own; or, unless it is needed elsewhere, "+alter+
			"NOSUPERUSER NOINHERIT", "%q is a superuser: until a statement is pinned no role holds it "+
			"back, so what goes round the guard reads everything", d.login)}
	}
	for _, attribute := range []struct {
		has        bool
		name, lost string
		found      func(remedy, format string, args ...any) Finding
	}{
		{a.createRole, "CREATEROLE", "it can give itself the rights of other roles", d.weak},
		{a.bypass, "BYPASSRLS", "row security policies do not hold it back", d.weak},
		{a.replication, "REPLICATION", "it can read all that is written in the whole server", warning},
		{a.createDB, "CREATEDB", "it can make databases, which no application needs", warning},
	} {
		if attribute.has {
			fs = append(fs, attribute.found(alter+"NO"+attribute.name, "%q has %s: %s", d.login, attribute.name, attribute.lost))
		}
	}
	// From 16 on each membership says for itself whether it is inherited.
	if a.inherit && d.server.major < 16 && d.in.shared != "" {
		d.refusesWeak()
		fs = append(fs, failure(alter+"NOINHERIT", "%q inherits: it has every tenant's rights without being pinned", d.login))
	}
	return fs
}

// weak is a finding about a login that walks past the tenants' roles: the driver refuses it, unless app_dsn allows it.
func (d *doctor) weak(remedy, format string, args ...any) Finding {
	if !d.refusesWeak() {
		return warning(remedy, format, args...)
	}
	return failure(remedy+"; or docex_allow_weak_login=true in app_dsn, if it must be so", format, args...)
}

// refusesWeak reports whether the driver refuses a weak login, and remembers that the proof cannot run then.
func (d *doctor) refusesWeak() bool {
	if d.in.shared == "" || d.setting("docex_allow_weak_login") == "true" {
		return false
	}
	d.unfit = cmp.Or(d.unfit, fmt.Sprintf("the driver refuses the login %q", d.login))
	return true
}
