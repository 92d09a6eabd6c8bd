package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/fatih/color"
)

// warnPlanner warns of a planner extension that takes settings out of comments. Not being able to ask is no reason to
// stop: docex doctor asks again.
func (c *cli) warnPlanner(ctx context.Context, admin *sql.DB, appRole string) {
	if loaded, err := loadsPlanner(ctx, admin, appRole); err == nil && loaded {
		fmt.Fprintln(c.err, color.YellowString(
			"warning: the server loads pg_hint_plan, which changes settings by comments; only the guard stops those of tenants"))
	}
}

// loadsPlanner reports whether pg_hint_plan is loaded into sessions of the application's role: by the server, the
// database, or the role (PostgreSQL manual, 20.11.4 "Shared Library Preloading").
func loadsPlanner(ctx context.Context, admin *sql.DB, appRole string) (loaded bool, err error) {
	const query = `
SELECT EXISTS (SELECT FROM pg_settings
                WHERE name ~ '^(shared|session|local)_preload_libraries$' AND setting ~ 'pg_hint_plan')
    OR EXISTS (SELECT FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS c
                WHERE c ~ '^(session|local)_preload_libraries=.*pg_hint_plan'
                  AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = $1))
                  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))`
	err = admin.QueryRowContext(ctx, query, appRole).Scan(&loaded)
	return loaded, err
}
