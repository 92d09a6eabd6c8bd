package session

import (
	"fmt"
	"strings"

	"github.com/docex/docex/internal/wire"
	"github.com/docex/docex/internal/wire/script"
	"github.com/jackc/pgx/v5"
)

// scrub clears what a session keeps between tenants, except prepared statements: those have their tenant in the text.
// DISCARD ALL would drop them too and cannot run inside a transaction (PostgreSQL manual, "DISCARD"). RESET ALL does
// not reset the role; every pin sets it. Behind a pooler a session's settings are the pooler's: it believes them to be
// as it has set them for its client. So RESET ALL is for sessions of our own.
var scrub = []string{"RESET ALL", "CLOSE ALL", "UNLISTEN *", "DISCARD TEMP", "DISCARD SEQUENCES"}

// pins are the scripts that pin a session, or one transaction, to a tenant. Immutable, safe for concurrent use.
//
// There are two ways to the role. The first pin of a tenant asks the registry through the pin function, which says why
// when it refuses and names the role. Later ones take on that role directly: provisioning keeps its membership and the
// registry in step in one transaction. So the server decides with every pin.
//
// A backend remembers memberships, and misses a change that is committed while it collects them (PostgreSQL 15 to 18,
// acl.c, roles_is_member_of). So a pin also fails unless the role may use the tenant's schema, which suspending takes
// away and nobody remembers.
type pins struct {
	local   bool   // pin the transaction, not the session
	call    string // the pin function, quoted
	onCitus *pins  // for distributed tenants; nil in those

	byRole, roleOnly, userOnly, roleAndUser *script.Script
	byRegistry, clearByRegistry             [loginChecked + 1]*script.Script // the latter clears the session, too
}

func newPins(c Config, local bool) *pins {
	p := &pins{local: local, call: pgx.Identifier{c.SystemSchema, "pin"}.Sanitize()}
	distributed := *p
	distributed.make("docex_c_pin")
	p.onCitus = &distributed
	p.make("docex_s_pin")
	return p
}

// make writes the scripts down. The name is that of a session's prepared statements.
func (p *pins) make(name string) {
	clearing := scrub
	if p.local {
		name, clearing = "", scrub[1:]
	}
	// The columns are computed from left to right, so without the role nothing is set.
	const unlock = ", pg_catalog.pg_advisory_unlock_all()"
	role := "SELECT " + p.set("role", "$1") + ", pg_catalog.to_regclass($2)"
	p.byRole = script.New(name, role+", "+p.context("$3", "$4", "$5")+p.hidePlans(loginChecked)+unlock, clearing...)
	p.roleOnly = script.New("", role)
	p.userOnly = script.New("", "SELECT "+p.set("docex.user_id", "$1"))
	p.roleAndUser = script.New("", role+", "+p.set("docex.user_id", "$3"))

	for login := range loginChecked + 1 {
		// One query, so that look-up and role cannot come apart. A SECURITY DEFINER function may not set the role
		// (PostgreSQL manual, "SET ROLE"), the query that calls it may. The function is granted to the login role.
		column, weak := login.sql()
		query := "SELECT " + column + ", " + citusColumn(login) + ", " + answerColumns + ", " +
			p.set("role", "p.role_name") + ", " + p.context("$3", "$1", "$4") + p.hidePlans(login)
		from := " FROM " + p.call + "($1, $2) AS p" + weak
		none := "SELECT " + p.set("role", "'none'")
		p.byRegistry[login] = script.New("", query+from, none)
		p.clearByRegistry[login] = script.New("", query+unlock+from, append([]string{none}, clearing...)...)
	}
}

// answerColumns are, behind the login's weakness and what is known of Citus, what a pin that asks the registry returns
// first. p.shape is named so that the pin function of an older docex, which lacks it, is noticed.
const answerColumns = "p.role_name, p.shape"

// pin returns what a plan stands for, but for its place.
func (s *Session) pin(pl plan, op *Operation) wire.Pin {
	p := s.pins
	if s.shared.citus.distributed.Load() {
		p = p.onCitus
	}
	switch pl.what {
	case userOnly:
		return wire.Pin{Script: p.userOnly, Values: []string{op.User}}
	case roleOnly:
		return wire.Pin{Script: p.roleOnly, Values: []string{op.role, op.table}}
	case roleAndUser:
		return wire.Pin{Script: p.roleAndUser, Values: []string{op.role, op.table, op.User}}
	case byRole:
		return wire.Pin{Script: p.byRole, Values: []string{op.role, op.table, op.path, op.Tenant, op.User}}
	}
	ask := p.byRegistry
	if pl.clear {
		ask = p.clearByRegistry
	}
	return wire.Pin{Script: ask[s.loginCheck()], Values: []string{op.Tenant, op.Schema, op.path, op.User}}
}

// set returns the call that sets name to an expression.
func (p *pins) set(name, value string) string {
	return fmt.Sprintf("pg_catalog.set_config('%s', %s, %t)", name, value, p.local)
}

func (p *pins) context(path, tenant, user string) string {
	return strings.Join([]string{
		p.set("search_path", path), p.set("docex.tenant_id", tenant), p.set("docex.user_id", user),
	}, ", ")
}

// askRefused is askFor for a role that was refused. When the registry has nothing against the tenant and the login is a
// member of the role by now, or was all the time, the server session ends itself: what it remembers of memberships may
// be wrong.
func (p *pins) askRefused(op *Operation) string {
	return p.askFor(qualified(`SELECT CASE WHEN EXISTS (
 SELECT FROM pg_catalog.pg_auth_members AS m, pg_catalog.pg_roles AS r, pg_catalog.pg_roles AS l
 WHERE m.roleid = r.oid AND m.member = l.oid AND r.rolname = p.role_name
 AND l.rolname = session_user)
 THEN pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()) END`), op)
}

// askFor is the registry's answer and nothing else: no row is of interest, only the error.
func (p *pins) askFor(what string, op *Operation) string {
	none := "SELECT " + p.set("role", "'none'")
	s := script.New("", what+" FROM "+p.call+"($1, $2) AS p", none)
	return wire.Pin{Script: s, Values: []string{op.Tenant, op.Schema}}.Text()
}
