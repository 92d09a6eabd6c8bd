package driver

import (
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

// scrub clears what a session keeps between tenants but for prepared statements, whose plans the server makes anew when
// search_path changes. DISCARD ALL would drop those too and cannot run inside a transaction (PostgreSQL manual,
// "DISCARD"). RESET ALL does not reset the role; every pin does.
var scrub = []string{
	"CLOSE ALL",
	"UNLISTEN *",
	"SELECT pg_catalog.pg_advisory_unlock_all()",
	"DISCARD TEMP",
	"DISCARD SEQUENCES",
	"RESET ALL",
}

// unpin gives back the login role's own rights, which the pin function is granted to.
const unpin = "SET ROLE NONE"

// pinner builds the statements that pin a session to a tenant. Immutable, safe for concurrent use.
type pinner struct {
	function string // the pin function, quoted
	after    string // the rest of search_path behind the tenant's schema, quoted
}

func newPinner(c Config) pinner {
	var after strings.Builder
	for _, schemas := range [][]string{c.Policy.SharedSchemas, c.Policy.ExtensionSchemas} {
		for _, s := range schemas {
			after.WriteString(", " + pgx.Identifier{s}.Sanitize())
		}
	}
	// Last, so that a temporary table never shadows a real one: left out, pg_temp is searched first (PostgreSQL manual,
	// 20.11.1 "Statement Behavior", search_path).
	after.WriteString(", pg_temp")
	return pinner{function: pgx.Identifier{c.systemSchema(), "pin"}.Sanitize(), after: after.String()}
}

// statements returns what pins a session to a tenant, in order. With clean, what another tenant left is cleared first.
func (p pinner) statements(tenant, schema string, clean bool) []string {
	s := make([]string, 0, len(scrub)+2)
	s = append(s, unpin)
	if clean {
		s = append(s, scrub...)
	}
	return append(s, p.pin(tenant, schema))
}

// pin is one statement, so that look-up and pin cannot come apart. The function raises for a tenant that may not be
// used; the role is set in the calling statement because SECURITY DEFINER functions may not set it (PostgreSQL manual,
// "SET ROLE").
func (p pinner) pin(tenant, schema string) string {
	path := pgx.Identifier{schema}.Sanitize() + p.after
	return "SELECT pg_catalog.set_config('role', p.role_name, false), pg_catalog.set_config('search_path', " +
		literal(path) + ", false) FROM " + p.function + "(" + literal(tenant) + ", " + literal(schema) + ") AS p"
}

// literal quotes s as a string constant; standard_conforming_strings is on, so only the quote needs doubling.
func literal(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// text joins statements for the simple protocol, which runs them in one implicit transaction.
func text(statements []string) string {
	return strings.Join(statements, "; ")
}

// appendExtended appends each statement as Parse, Bind and Execute of the unnamed statement, without a Sync.
func appendExtended(buf []byte, statements []string) ([]byte, error) {
	for _, s := range statements {
		for _, m := range [...]pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: s}, &pgproto3.Bind{}, &pgproto3.Execute{},
		} {
			var err error
			if buf, err = m.Encode(buf); err != nil {
				return nil, err
			}
		}
	}
	return buf, nil
}
