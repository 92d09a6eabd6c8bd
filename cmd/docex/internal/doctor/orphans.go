package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/docex/docex/internal/plural"
)

// orphansSQL finds installations of which the server has roles, and none of its databases knows any: the databases were
// dropped, and roles belong to the server. Rows are the name of the shared role and the number of roles.
const orphansSQL = `
WITH known AS MATERIALIZED (
    SELECT DISTINCT refobjid AS oid FROM pg_shdepend
     WHERE refclassid = 'pg_authid'::regclass AND (dbid <> 0 OR classid = 'pg_database'::regclass)
)
SELECT substring(r.rolname FROM '^docex_[0-9a-f]{8}'), count(*)
  FROM pg_roles AS r LEFT JOIN known AS k ON k.oid = r.oid
 WHERE r.rolname ~ '^docex_[0-9a-f]{8}([_$.]|$)' AND ($1 = '' OR NOT starts_with(r.rolname, $1))
 GROUP BY 1 HAVING count(k.oid) = 0 ORDER BY 1`

// orphanRoles names roles of docex's that belong to no database any more. Memberships of the application's login make
// its first change of role slower, whoever they are of.
func (d *doctor) orphanRoles(ctx context.Context) ([]Finding, error) {
	var names []string
	total := 0
	err := d.read(ctx, orphansSQL, []any{d.in.shared}, func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		names, total = append(names, name), total+n
		return err
	})
	if err != nil || len(names) == 0 {
		return nil, err
	}
	const drops = `in psql: SELECT format('DROP ROLE %%I', rolname) FROM pg_roles WHERE rolname ~ '^(%s)([_$.]|$)' \gexec`
	return one(warning(fmt.Sprintf(drops, strings.Join(names, "|")),
		"%s of installations whose databases are gone, as no database of the server knows them: %s…",
		plural.Count(total, "role"), some(names)))
}
