package provision

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Logins returns the roles that the application may log in as: the application role, and then those that AddLogin has
// added, in that order. The error is one of [Provisioner.Get]'s.
func (p *Provisioner) Logins(ctx context.Context) ([]string, error) {
	in, err := p.readable(ctx, p.db)
	if err != nil {
		return nil, wrap("logins", "", err)
	}
	return in.allLogins(), nil
}

// AddLogin lets the application log in as another role too: to change a password without a cut, add a second login,
// start the programs anew with it, and remove the first. All logins may do the same: what a tenant's role may, and what
// Suspend ends, holds for each. A login must be what Config.AppRole must be. Adding one that is there repeats its
// grants.
//
// The first call makes a role between the logins and the tenants' roles, docex_<installation>.login, and has that take
// the application role's place in each tenant's role, some hundred tenants a transaction. The application goes on
// meanwhile. When it is cut off, call it again: the new login works for the tenants when it has returned. To begin
// with, it waits for transactions that provision or that use the tenants' locks.
//
// The error matches [ErrAppRole] for a role that is missing or unsuitable, [ErrInvalidConfig] where tenants have no
// roles, [ErrPrivileges], [ErrCopy], or is one of [Provisioner.Get]'s.
func (p *Provisioner) AddLogin(ctx context.Context, name string) error {
	return wrap("add login", "", p.addLogin(ctx, name))
}

func (p *Provisioner) addLogin(ctx context.Context, name string) error {
	a := &action{name: "add login", detail: fmt.Sprintf("begin %q", name)}
	err := p.act(ctx, a, func(tx *sql.Tx) error {
		in, err := p.checkLogin(ctx, tx, name)
		if err != nil || in.loginRole != "" {
			a.recorded = true
			return err
		}
		return p.makeLoginRole(ctx, tx, in)
	})
	if err != nil {
		return err
	}
	if err := p.moveMemberships(ctx); err != nil {
		return err
	}
	a = &action{name: "add login", detail: fmt.Sprintf("%q", name)}
	return p.act(ctx, a, func(tx *sql.Tx) error {
		in, err := p.checkLogin(ctx, tx, name)
		if err != nil {
			return err
		}
		if !slices.Contains(in.allLogins(), name) {
			in.logins = append(in.logins, name)
			const update = `UPDATE {{system}}.installation SET logins = array_append(logins, $1)`
			if _, err := tx.ExecContext(ctx, p.system(update), name); err != nil {
				return err
			}
		}
		srv, err := readServer(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, in.grantLoginRole(name)); err != nil {
			return err
		}
		return p.grantInstallation(ctx, tx, srv, in)
	})
}

// checkLogin reads the installation and refuses a role that cannot be a login of it.
func (p *Provisioner) checkLogin(ctx context.Context, tx *sql.Tx, name string) (installation, error) {
	in, err := p.installation(ctx, tx)
	switch {
	case err != nil:
		return in, err
	case !in.tenantRoles():
		return in, invalidConfig("tenants have no roles, whose place the one application role takes")
	case in.appRole == in.administrator, name == in.administrator:
		return in, fmt.Errorf("%w: %q is the administrator, and needs no login of the application's", ErrAppRole,
			in.administrator)
	}
	app, err := readAppRole(ctx, tx, name)
	if err != nil {
		return in, err
	}
	return in, app.check(Config{AppRole: name}, in.serverVersion, true)
}

// loginRoleName returns the role between logins and tenants' roles. '.' is where no tenant's role has one.
func loginRoleName(installation string) string { return sharedRoleName(installation) + ".login" }

// loginPatience is how long makeLoginRole waits for transactions that have read the registry, and holds up others.
const loginPatience = `SET LOCAL lock_timeout = '10s'; `

// makeLoginRole makes the role, and moves the reserve to it. With the registry locked no Create is under way that would
// still give its tenant to the application role. The role may connect to the database for the reason that the shared
// one may.
func (p *Provisioner) makeLoginRole(ctx context.Context, tx *sql.Tx, in installation) error {
	if _, err := tx.ExecContext(ctx, p.system(loginPatience+`LOCK TABLE {{system}}.installation`)); err != nil {
		return err
	}
	in.loginRole = loginRoleName(in.id)
	if err := createLoginRole(ctx, tx, in); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, p.system(`UPDATE {{system}}.installation SET login_role = $1`), in.loginRole)
	if err != nil {
		return err
	}
	return p.runMoves(ctx, tx, in, `SELECT role_name, 'active', NULL FROM {{system}}.reserve`)
}

// createLoginRole makes the role and has the logins be members of it.
func createLoginRole(ctx context.Context, tx *sql.Tx, in installation) error {
	statements := []string{expand(`CREATE ROLE {{role}} NOLOGIN NOINHERIT; `+grantConnect,
		"role", in.loginRole, "database", in.home.database)}
	for _, login := range in.allLogins() {
		statements = append(statements, in.grantLoginRole(login))
	}
	_, err := tx.ExecContext(ctx, strings.Join(statements, "; "))
	return asSentinel(err, ErrRoleExists, codeDuplicateObject)
}

func (in installation) grantLoginRole(login string) string {
	return in.grantMembership(Tenant{Role: in.loginRole}, login)
}

// loginBatch is how many tenants' roles move in one transaction. From PostgreSQL 16 on each takes a lock of the
// server's table until the commit.
const loginBatch = 200

// moveMemberships gives the tenants' roles to the role of the logins, and takes them from the application role.
func (p *Provisioner) moveMemberships(ctx context.Context) error {
	return p.eachPage(ctx, loginBatch, func(page []Tenant) error {
		ids, keys := p.locksOf(page)
		lock := `(SELECT count(pg_catalog.pg_advisory_xact_lock(key)) FROM pg_catalog.unnest($1::bigint[]) AS key)`
		return inTransaction(ctx, p.db, lock, keys, func(tx *sql.Tx) error {
			in, err := p.installation(ctx, tx)
			if err != nil {
				return err
			}
			return p.runMoves(ctx, tx, in, `
SELECT role_name, state, id FROM {{system}}.tenant WHERE id = ANY ($4) AND state <> 'dropped'`, ids)
		})
	})
}

// runMoves moves the memberships in the roles of a query for (role, state, id). Roles that are as they should be are
// left alone, since each change makes every session of the application collect its memberships anew.
func (p *Provisioner) runMoves(ctx context.Context, tx *sql.Tx, in installation, roles string, args ...any) error {
	query := p.system(`
WITH held (oid, name, state) AS (
    SELECT r.oid, r.rolname, t.state FROM (` + roles + `) AS t (role, state, id)
      JOIN pg_roles AS r ON r.rolname = t.role
)
SELECT COALESCE(string_agg(statement, '; '), '')
  FROM (SELECT format('GRANT %I TO %I%s', h.name, $2::text, $3::text) FROM held AS h
         WHERE h.state = 'active' AND NOT EXISTS (SELECT FROM pg_auth_members AS m
                WHERE m.roleid = h.oid AND m.member = to_regrole(quote_ident($2::text)))
         UNION ALL
        SELECT DISTINCT format('REVOKE %I FROM %I%s', h.name, $1::text,
                 CASE WHEN $3::text <> '' THEN ' GRANTED BY ' || m.grantor::regrole END)
          FROM held AS h JOIN pg_auth_members AS m ON m.roleid = h.oid
         WHERE m.member = to_regrole(quote_ident($1::text))) AS s (statement)`)
	return runMade(ctx, tx, query, append([]any{in.appRole, in.loginRole, in.membershipOptions()}, args...)...)
}

// RemoveLogin ends that the application may log in as a role. New sessions of it are refused each tenant, and so are
// those that are there, at their next tenant. The role itself is left. When it is the application role, the next of the
// logins takes its place in the record, and Config.AppRole may no longer name it.
//
// The last login cannot be removed: the error matches [ErrInvalidConfig] then, and [ErrAppRole] for a role that is none
// of the logins. It is otherwise one of AddLogin's.
func (p *Provisioner) RemoveLogin(ctx context.Context, name string) error {
	a := &action{name: "remove login", detail: fmt.Sprintf("%q", name)}
	return wrap("remove login", "", p.act(ctx, a, func(tx *sql.Tx) error {
		in, err := p.readInstallation(ctx, tx, "", nil)
		if err != nil {
			return err
		}
		cfg := p.cfg
		cfg.AppRole = ""
		if err := cmp.Or(in.check(cfg), in.home.check()); err != nil {
			return err
		}
		return p.removeLogin(ctx, tx, in, name)
	}))
}

func (p *Provisioner) removeLogin(ctx context.Context, tx *sql.Tx, in installation, name string) error {
	left := slices.DeleteFunc(in.allLogins(), func(login string) bool { return login == name })
	switch {
	case len(left) == len(in.allLogins()):
		return fmt.Errorf("%w: role %q is no login of the application", ErrAppRole, name)
	case len(left) == 0:
		return invalidConfig("%q is the application's last login", name)
	}
	const update = `UPDATE {{system}}.installation SET app_role = $1, logins = $2`
	if _, err := tx.ExecContext(ctx, p.system(update), left[0], left[1:]); err != nil {
		return err
	}
	if exists, err := roleThere(ctx, tx, name); err != nil || !exists {
		return err
	}
	if err := in.leaveRoles(ctx, tx, name); err != nil {
		return err
	}
	if err := resetPath(ctx, tx, name); err != nil {
		return err
	}
	return p.closeSystemSchema(ctx, tx, name)
}

// leaveRoles ends each membership of a login in the installation's roles: in that of the logins, and in tenants' roles
// that somebody has given it by hand, or a Repair that began before there was a role of the logins.
func (in installation) leaveRoles(ctx context.Context, tx *sql.Tx, login string) error {
	const query = `
SELECT COALESCE(string_agg(r.rolname, E'\x01'), '') FROM pg_roles AS r
 WHERE r.rolname ~ ('^' || $1 || '([_$.]|$)')
   AND EXISTS (SELECT FROM pg_auth_members AS m WHERE m.roleid = r.oid AND m.member = to_regrole(quote_ident($2)))`
	var joined string
	if err := tx.QueryRowContext(ctx, query, in.sharedRole, login).Scan(&joined); err != nil || joined == "" {
		return err
	}
	var statements []string
	for role := range strings.SplitSeq(joined, "\x01") {
		leave, err := in.revokeMembership(ctx, tx, Tenant{Role: role}, login)
		if err != nil {
			return err
		}
		if leave != "" {
			statements = append(statements, leave)
		}
	}
	_, err := tx.ExecContext(ctx, strings.Join(statements, "; "))
	return err
}
