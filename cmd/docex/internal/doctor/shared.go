package doctor

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"
)

// sharedViewsSQL finds views of shared schemas, which every tenant may read, that read tables of a tenant or the
// registry, be it through other views. A view reads with its owner's rights unless it has security_invoker (PostgreSQL
// manual, CREATE VIEW).
//
//	$1 the shared schemas, $2 the system schema
const sharedViewsSQL = `
WITH RECURSIVE reads (view, relation) AS (
    SELECT c.oid, c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = ANY ($1) AND c.relkind IN ('v', 'm')
    UNION
    SELECT reads.view, d.refobjid
      FROM reads JOIN pg_class AS c ON c.oid = reads.relation JOIN pg_rewrite AS r ON r.ev_class = c.oid
      JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass
     WHERE c.relkind = 'm' OR NOT COALESCE(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on',
                                                                 'security_invoker=1', 'security_invoker=yes'], false)
)
SELECT format('%s reads %s', view::regclass, min(c.oid::regclass::text))
  FROM reads JOIN pg_class AS c ON c.oid = reads.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $2 OR n.nspname IN (SELECT schema_name::name FROM {{system}}.tenant WHERE state <> 'dropped')
 GROUP BY view ORDER BY 1`

// sharedViews looks for tenants' rows in what the policy shares among all tenants.
func (d *doctor) sharedViews(ctx context.Context) ([]Finding, error) {
	shared := d.Config.Policy.SharedSchemas
	if len(shared) == 0 {
		return nil, nil
	}
	var leaks []string
	err := d.read(ctx, sharedViewsSQL, []any{pgtype.FlatArray[string](shared), d.system()},
		func(scan func(...any) error) error {
			var leak string
			err := scan(&leak)
			leaks = append(leaks, leak)
			return err
		})
	if err != nil || len(leaks) == 0 {
		return nil, err
	}
	return one(failure("DROP VIEW, or take the schema out of policy.shared_schemas",
		"views that every tenant may read show one tenant's rows, or the registry's: %s", some(leaks)))
}
