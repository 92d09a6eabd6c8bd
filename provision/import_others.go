package provision

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/docex/docex/scope"
)

// otherSchema finds names of tenants' schemas in what the server prints: in front of a dot, and in a function's
// search_path.
var (
	otherSchema = regexp.MustCompile(`(?:^|[^\pL\pN_$"-])"?(` + scope.SchemaPrefix + `[a-z0-9_-]+)"?\.`)
	setsPath    = regexp.MustCompile(`(?m)^\s*SET search_path TO (.*)$`)
	policyRole  = regexp.MustCompile(` TO .*\bdocex_[0-9a-f]{8}.* (?:USING|WITH CHECK) `)
	inPath      = regexp.MustCompile(scope.SchemaPrefix + `[a-z0-9_-]+`)
)

// checkOthers refuses a restored schema that names the schema of another tenant, such as by a view that an
// administrator has made. Where the archive is from that may have been meant, and been somebody else.
func (p *Provisioner) checkOthers(ctx context.Context, q queryer, t Tenant, s shape) error {
	places := map[string]object{}
	for o, definition := range s {
		if o.kind == "policy" && policyRole.MatchString(definition) {
			return archiveError("policy %s is for a tenant's role, and would not hold for this one: %s", o.name, definition)
		}
		for _, name := range otherSchema.FindAllStringSubmatch(definition, -1) {
			places[name[1]] = o
		}
		for _, path := range setsPath.FindAllString(definition, -1) {
			for _, name := range inPath.FindAllString(path, -1) {
				places[name] = o
			}
		}
	}
	const query = `
SELECT COALESCE(min(schema_name), '') FROM {{system}}.tenant
 WHERE schema_name = ANY ($1) AND id <> $2 AND state <> 'dropped'`
	var name string
	err := q.QueryRowContext(ctx, p.system(query), slices.Collect(maps.Keys(places)), t.ID).Scan(&name)
	if err != nil || name == "" {
		return err
	}
	return archiveError("%s %s names schema %q, which is another tenant's here; have the original do without, and "+
		"export it again", places[name].kind, places[name].name, name)
}
