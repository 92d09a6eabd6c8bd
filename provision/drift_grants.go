package provision

import (
	"regexp"
	"slices"
	"strings"
)

// tenantsRole matches the name of a tenant's role, one out of the reserve included, of that which all of them are
// members of, and of that of the logins, in any installation.
var tenantsRole = regexp.MustCompile(`^"?docex_[0-9a-f]{8}([_$.].*)?$`)

// grantsOthers reports whether a difference is a right on the tenant's schema, or on what is in it, that is not
// expected and reaches other tenants: of PUBLIC, of another tenant's role, of the role that all tenants are members of,
// or of one of the application's logins. Nor should another tenant own anything there.
//
// USAGE for PUBLIC counts on the schema only. PostgreSQL gives it for every type, and it opens no rows of a sequence.
func (d Difference) grantsOthers(logins []string) bool {
	if d.Change == Missing {
		return false
	}
	switch d.Kind {
	case "owner":
		return reachesTenants(d.Got, logins)
	case "grant":
	default:
		return false
	}
	at := strings.LastIndex(d.Object, " to ")
	if at < 0 {
		return false
	}
	object, grantee := d.Object[:at], d.Object[at+len(" to "):]
	if !reachesTenants(grantee, logins) {
		return false
	}
	had := strings.Split(d.Want, ", ")
	return slices.ContainsFunc(strings.Split(d.Got, ", "), func(right string) bool {
		return !slices.Contains(had, right) && !(grantee == "PUBLIC" && right == "USAGE" && object != "schema")
	})
}

// reachesTenants reports whether a role, as a description names it, is more than one tenant, or another one.
func reachesTenants(role string, logins []string) bool {
	return role == "PUBLIC" || role == "{{shared}}" || role == "{{app}}" || tenantsRole.MatchString(role) ||
		slices.ContainsFunc(logins, func(login string) bool { return role == login || role == quote(login) })
}
