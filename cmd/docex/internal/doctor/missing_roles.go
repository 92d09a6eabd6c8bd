package doctor

import (
	"context"
	"slices"

	"github.com/docex/docex/internal/plural"
)

// missingSQL finds the roles of the registry that the server does not have: a row (kind, name) for each, sorted.
//
//	$1 the shared role or '', $2 the configured application role or ''
const missingSQL = `
WITH lost (kind, name, place) AS (
    SELECT 'application', app_role, 1 FROM {{system}}.installation
     WHERE to_regrole(quote_ident(COALESCE(NULLIF($2, ''), app_role))) IS NULL
       AND to_regrole(quote_ident(app_role)) IS NULL
    UNION ALL
    SELECT 'logins', login_role, 2 FROM {{system}}.installation
     WHERE to_regrole(quote_ident(login_role)) IS NULL AND login_role IS NOT NULL
    UNION ALL
    SELECT 'shared', $1, 3 WHERE $1 <> '' AND to_regrole(quote_ident($1)) IS NULL
    UNION ALL
    SELECT 'tenant', t.id, 4 FROM {{system}}.tenant AS t LEFT JOIN pg_roles AS r ON r.rolname = t.role_name
     WHERE NOT t.is_system AND t.state IN ('active', 'suspended') AND t.role_name IS NOT NULL AND r.oid IS NULL
)
SELECT kind, name FROM lost ORDER BY place, name`

// missingRoles looks for the roles that the registry names. A database that was restored on another server comes
// without them, and without the rights that they had. It finds nothing where all are there.
func (d *doctor) missingRoles(ctx context.Context) ([]Finding, error) {
	byKind := map[string][]string{}
	args := []any{d.in.shared, d.Config.Provision.AppRole}
	err := d.read(ctx, missingSQL, args, func(scan func(...any) error) error {
		var kind, name string
		err := scan(&kind, &name)
		byKind[kind] = append(byKind[kind], name)
		return err
	})
	if err != nil {
		return nil, err
	}
	roleless := byKind["tenant"]
	d.tell(roleless...)
	common := slices.Concat(byKind["logins"], byKind["shared"])
	f := Finding{}
	switch {
	case byKind["application"] != nil:
		name := byKind["application"][0]
		d.cause = "the application role is missing"
		f = failure(createLogin(name), "the application role %q is not on the server; docex repair needs it", name)
	case common != nil:
		d.cause = "roles are missing"
		f = failure("docex repair", "the server lacks roles of the registry, as after a restore without them: %s",
			some(slices.Concat(common, roleless)))
	case roleless != nil:
		f = failure("docex repair", "%s without a role: %s", plural.Count(len(roleless), "tenant"), some(roleless))
	default:
		return nil, nil
	}
	f.Check = "roles"
	return one(f)
}

// tell remembers tenants that a finding names.
func (d *doctor) tell(ids ...string) {
	for _, id := range ids {
		d.told[id] = true
	}
}

// createLogin is how the application's login is made.
func createLogin(name string) string {
	return "CREATE ROLE " + quote(name) + " LOGIN NOINHERIT PASSWORD '…'"
}
