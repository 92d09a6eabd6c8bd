package driver

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

// scrub clears what a session keeps between tenants but for prepared statements, whose plans the server makes anew when
// search_path changes. DISCARD ALL would drop those too and cannot run inside a transaction (PostgreSQL manual,
// "DISCARD"). RESET ALL does not reset the role; every pin sets it.
var scrub = []string{
	"RESET ALL",
	"CLOSE ALL",
	"UNLISTEN *",
	"DISCARD TEMP",
	"DISCARD SEQUENCES",
	unlockAll,
}

const unlockAll = "SELECT pg_catalog.pg_advisory_unlock_all()"

// target is whom a session is pinned for.
type target struct {
	tenant, schema, user string
}

// pinner builds the statements that pin a session to a tenant. Immutable, safe for concurrent use.
//
// A pin is SET ROLE, what clears the session, and SET search_path with the two settings that triggers may read. There are
// two ways to the role. The first pin of a tenant asks the registry through the pin function, which says why when it
// refuses and names the role. Later ones take on that role directly: the server lets the login role do so only while it
// is a member, and provisioning keeps membership and registry in step in one transaction. So the server decides with
// every pin, and utility statements, which it neither analyses nor plans, do it in half the time of the function.
type pinner struct {
	function string   // the pin function, quoted
	after    string   // the rest of search_path behind the tenant's schema, quoted
	path     []string // the same as a list
	local    bool     // pin the transaction, not the session
}

func newPinner(c Config, local bool) pinner {
	// pg_temp last, so that a temporary table never shadows a real one: left out, it is searched first (PostgreSQL manual,
	// 20.11.1 "Statement Behavior", search_path).
	var path []string
	path = append(path, c.Policy.SharedSchemas...)
	path = append(path, c.Policy.ExtensionSchemas...)
	path = append(path, "pg_temp")
	var after strings.Builder
	for _, s := range path {
		after.WriteString(", " + pgx.Identifier{s}.Sanitize())
	}
	function := pgx.Identifier{c.systemSchema(), "pin"}.Sanitize()
	return pinner{function: function, after: after.String(), path: path, local: local}
}

// byFunction returns a pin that asks the registry. The last row that it returns is for [parseAnswer]. Without clear, the
// session keeps what is in it.
func (p pinner) byFunction(t target, clear bool) pin {
	// One statement, so that look-up and role cannot come apart. A SECURITY DEFINER function may not set the role
	// (PostgreSQL manual, "SET ROLE"), the statement that calls it may.
	scope := "false"
	if p.local {
		scope = "true"
	}
	take := "SELECT pg_catalog.concat(p.shape, ' ', pg_catalog.set_config('role', p.role_name, " + scope + ")) FROM " +
		p.call(t) + " AS p"
	pin := pin{
		before: []string{p.set("ROLE NONE")}, // the pin function is granted to the login role
		after:  append([]string{take}, p.context(t)...),
	}
	if clear {
		pin.scrub = p.scrub()
	}
	return pin
}

// byRole returns a pin that takes on a role that the pin function has named before.
func (p pinner) byRole(role string, t target) pin {
	if p.local {
		return pin{before: p.takeOn(role), scrub: p.scrub(), after: p.context(t)}
	}
	return pin{quick: true, values: [...]string{role, p.pathOf(t), t.tenant, t.user}}
}

// roleOnly repeats the part of a pin in which the server decides.
func (p pinner) roleOnly(role string) pin { return pin{before: p.takeOn(role)} }

// userOnly returns what changes when another user of the same tenant comes.
func (p pinner) userOnly(user string) pin {
	return pin{before: []string{p.set("docex.user_id = " + literal(user))}}
}

func (p pinner) takeOn(role string) []string {
	return []string{p.set("ROLE " + pgx.Identifier{role}.Sanitize())}
}

// ask is the registry's answer and nothing else: no row is of interest, only the error.
func (p pinner) ask(t target) string {
	return p.set("ROLE NONE") + "; SELECT FROM " + p.call(t)
}

func (p pinner) call(t target) string {
	return p.function + "(" + literal(t.tenant) + ", " + literal(t.schema) + ")"
}

// scrub returns what clears the session. Behind a pooler a session's settings are the pooler's: it believes them to be as
// it has set them for its client, so RESET ALL is not for us.
func (p pinner) scrub() []string {
	if p.local {
		return scrub[1:]
	}
	return scrub
}

func (p pinner) context(t target) []string {
	return []string{
		p.set("search_path = " + p.pathOf(t)),
		p.set("docex.tenant_id = " + literal(t.tenant)),
		p.set("docex.user_id = " + literal(t.user)),
	}
}

func (p pinner) pathOf(t target) string { return pgx.Identifier{t.schema}.Sanitize() + p.after }

func (p pinner) set(what string) string {
	if p.local {
		return "SET LOCAL " + what
	}
	return "SET " + what
}

// literal quotes s as a string constant; standard_conforming_strings is on, so only the quote needs doubling.
func literal(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// pin is what to send with a statement.
type pin struct {
	before, scrub, after []string
	place                place
	// quick pins have values instead, for [quickPin] to set where that can be sent; they are most of all pins.
	quick  bool
	values [4]string // role, search_path, docex.tenant_id and docex.user_id
}

// statements returns what the pin runs.
func (p pin) statements() []string {
	if !p.quick {
		return slices.Concat(p.before, p.scrub, p.after)
	}
	return slices.Concat([]string{"SET ROLE " + pgx.Identifier{p.values[0]}.Sanitize()}, scrub, []string{
		"SET search_path = " + p.values[1],
		"SET docex.tenant_id = " + literal(p.values[2]),
		"SET docex.user_id = " + literal(p.values[3]),
	})
}

// text joins the statements for the simple protocol, which runs them in one implicit transaction.
func (p pin) text() string { return strings.Join(p.statements(), "; ") }

// count returns how many statements text or appendExtended send.
func (p pin) count(extended bool) int {
	switch {
	case !p.quick:
		return len(p.before) + len(p.scrub) + len(p.after)
	case extended:
		return len(quickScrub) + 1
	}
	return len(p.statements())
}

// appendExtended appends each statement as Parse, Bind and Execute of the unnamed statement, without a Sync; or, where
// that will do, quickPin. With prepared, the session has that already.
func (p pin) appendExtended(buf []byte, prepared bool) ([]byte, error) {
	if p.quick {
		return appendQuick(buf, p.values[:], prepared)
	}
	return appendUnnamed(buf, p.statements())
}

func appendUnnamed(buf []byte, statements []string) ([]byte, error) {
	for _, s := range statements {
		var err error
		if buf, err = (&pgproto3.Parse{Query: s}).Encode(buf); err != nil {
			return nil, err
		}
		buf = append(buf, bindExecute...)
	}
	return buf, nil
}

// bindExecute binds and runs the unnamed statement without parameters.
var bindExecute = append(mustEncode(&pgproto3.Bind{}), execute...)

func mustEncode(m pgproto3.FrontendMessage) []byte {
	b, err := m.Encode(nil)
	if err != nil {
		panic(err) // a constant message
	}
	return b
}
