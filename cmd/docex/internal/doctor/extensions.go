package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/docex/docex/guard"
)

// extension is one of the policy's as the database has it.
type extension struct {
	name, version, schema string // no version: it is not there
	offered               string // the version that the server would install now
}

// extensionsSQL has a row for each of the names.
//
//	$1 the names
const extensionsSQL = `
SELECT p.name, COALESCE(e.extversion, ''), COALESCE(n.nspname, ''), COALESCE(a.default_version, '')
  FROM unnest($1::text[]) WITH ORDINALITY AS p (name, place) LEFT JOIN pg_extension AS e ON e.extname = p.name
  LEFT JOIN pg_namespace AS n ON n.oid = e.extnamespace LEFT JOIN pg_available_extensions AS a ON a.name = p.name
 ORDER BY p.place`

// checkExtensions compares the extensions that the policy opens with what was reviewed for the guard's list. One that
// cannot stand in a policy is a matter of app-connection.
func checkExtensions(ctx context.Context, d *doctor) ([]Finding, error) {
	names := d.Config.Policy.Extensions
	if len(names) == 0 {
		return one(ok("policy.extensions is empty"))
	}
	var fs []Finding
	var good []string
	err := d.read(ctx, extensionsSQL, []any{pgtype.FlatArray[string](names)}, func(scan func(...any) error) error {
		var e extension
		err := scan(&e.name, &e.version, &e.schema, &e.offered)
		if err != nil {
			return err
		}
		if found := e.findings(guard.ReviewedVersions(e.name), d.Config.Policy.ExtensionSchemas); found != nil {
			fs = append(fs, found...)
		} else {
			good = append(good, e.name+" "+e.version)
		}
		return nil
	})
	if fs == nil && err == nil {
		fs = []Finding{ok("%s, as reviewed", strings.Join(good, ", "))}
	}
	return fs, err
}

// findings are about one extension. Schemas are those of policy.extension_schemas.
func (e extension) findings(reviewed, schemas []string) (fs []Finding) {
	const others = ", or take it out of policy.extensions"
	if e.version == "" {
		return []Finding{warning("CREATE EXTENSION "+quote(e.name)+" SCHEMA "+place(schemas)+others,
			"the database has no extension %s; a call of its functions reaches whatever else has their names", e.name)}
	}
	if !slices.Contains(reviewed, e.version) {
		remedy := "a docex that has reviewed it" + others
		if e.offered != e.version && slices.Contains(reviewed, e.offered) {
			remedy = "ALTER EXTENSION " + quote(e.name) + " UPDATE TO '" + e.offered + "'"
		}
		fs = append(fs, warning(remedy, "extension %s has version %s; its functions were reviewed in %s", e.name, e.version,
			strings.Join(reviewed, ", ")))
	}
	if !slices.Contains(schemas, e.schema) {
		fs = append(fs, warning("ALTER EXTENSION "+quote(e.name)+" SET SCHEMA "+place(schemas),
			"extension %s is in schema %s, which policy.extension_schemas does not list, so its functions are not found",
			e.name, quote(e.schema)))
	}
	return fs
}

// place is where an extension may go.
func place(schemas []string) string {
	if len(schemas) == 0 {
		return `"ext", and ext in policy.extension_schemas`
	}
	return quote(schemas[0])
}
