package doctor

import (
	"context"
	_ "embed"
	"strings"
)

//go:embed registry.sql
var registrySQL string

// mismatch is what a kind of row of registry.sql means. In the remedy ID stands for the first one's id, NAME for its
// quoted name and APP for who may take on the tenants' roles.
type mismatch struct {
	kind   string
	status Status
	what   string // with the number before it
	remedy string
}

var mismatches = []mismatch{
	{"no schema", Failure, "registered, without a schema",
		"restore it from a backup; or docex tenant suspend ID and docex tenant drop ID --confirm ID"},
	{"no member", Failure, "active, but the application may not take on the role", "docex repair"},
	{"suspended member", Failure, "suspended, but the application may still take on the role",
		"docex tenant suspend ID"},
	{"inherits", Failure, "whose rights the application has without being pinned",
		"GRANT NAME TO APP WITH INHERIT FALSE"},
	{"dropping", Warning, "whose drop has not come to its end",
		"docex tenant drop ID --confirm ID"},
	{"dropped schema", Warning, "dropped, but there is a schema of that name again",
		"DROP SCHEMA NAME CASCADE, once you know whose it is"},
	{"dropped role", Warning, "dropped, but there is a role of that name",
		"DROP ROLE NAME"},
	{"orphan schema", Warning, "named like a tenant's schema, but in no row of the registry",
		"docex tenant adopt, or DROP SCHEMA NAME CASCADE"},
	{"orphan role", Warning, "named like a tenant's role, but in no row of the registry",
		"DROP ROLE NAME"},
	{"scratch", Warning, "left by a docex doctor that was killed, unless one is running",
		"docex tenant suspend ID && docex tenant drop ID --confirm ID"},
}

// found is a row of registry.sql.
type found struct{ name, quoted string }

// checkRegistry holds the registry against the catalog.
func checkRegistry(ctx context.Context, d *doctor) ([]Finding, error) {
	byKind := map[string][]found{}
	err := d.read(ctx, registrySQL, []any{d.in.holder, d.in.shared}, func(scan func(...any) error) error {
		var kind string
		var f found
		err := scan(&kind, &f.name, &f.quoted)
		byKind[kind] = append(byKind[kind], f)
		return err
	})
	if err != nil {
		return nil, err
	}
	fs, err := d.changed(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range mismatches {
		if rows := byKind[m.kind]; len(rows) > 0 {
			for _, f := range rows {
				d.tell(f.name)
			}
			fs = append(fs, m.finding(rows, d.in.holder))
		}
	}
	orphans, err := d.orphanRoles(ctx)
	if err != nil {
		return nil, err
	}
	fs = append(fs, orphans...)
	if len(fs) == 0 {
		fs = []Finding{ok("registry, schemas, roles and memberships agree")}
	}
	return fs, nil
}

func (m mismatch) finding(all []found, holder string) Finding {
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.name
	}
	words := strings.NewReplacer("ID", all[0].name, "NAME", all[0].quoted, "APP", quote(holder))
	f := failure(words.Replace(m.remedy), "%d %s: %s", len(all), m.what, some(names))
	f.Status = m.status
	return f
}
