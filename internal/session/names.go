package session

import (
	"regexp"

	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// names are what a tenant's things are called, worked out once. Immutable.
type names struct {
	Schema string
	path   string // search_path
	table  string // to look up: to_regclass fails when the role may not use the schema, whatever is in it
	tag    string // behind each text
	role   string // as the pin function has named it: a hint, the server decides at each pin; "" is not known
}

// hasRole reports whether the tenant is known to have a role of its own. For one that has none the pin function names
// "none", and taking that on decides nothing.
func (n names) hasRole() bool { return n.role != "" && n.role != "none" }

// namesOf returns a tenant's names. The only error is that of scope's rule for schemas. Names are kept for tenants that
// the registry has confirmed, and for no others: what a program asks for has no bound.
func (s *Shared) namesOf(tenant string) (names, error) {
	if n, known := s.names.Load(tenant); known {
		return n.(names), nil
	}
	schema, err := scope.SchemaName(tenant)
	if err != nil {
		return names{}, err
	}
	return names{
		Schema: schema, path: pathOf(schema, s.Path), table: pathName(schema) + ".docex", tag: tag(tenant),
	}, nil
}

// pathOf ends with pg_temp, so that a temporary table never shadows a real one: left out, it is searched first
// (PostgreSQL manual, 20.11.1 "Statement Behavior", search_path). A path that stays as it was set reads as it was set.
func pathOf(schema string, shared []string) string {
	path := pathName(schema)
	for _, name := range shared {
		path += ", " + pathName(name)
	}
	return path + ", pg_temp"
}

// pathName quotes a name where a list of names needs it, as the server does. A list knows no key words.
func pathName(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return pgx.Identifier{name}.Sanitize()
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
