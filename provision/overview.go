package provision

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Overview is a tenant with what the registry does not hold about it.
type Overview struct {
	Tenant
	ChangedAt  time.Time // of the last action on it that was done, by the audit log; zero when there is none
	LastAction string    // that action, as in AuditEntry
	// Bytes on the servers' disks, indexes included; 0 unless OverviewOptions.Sizes is set, and -1 where a node of
	// [Citus] does not say it.
	Bytes int64
	Node  string // of [Citus], as host:port, where the tenant's tables are; empty for none, and everywhere else
}

// OverviewOptions selects tenants, and what is told of them. The zero value means every tenant that was not dropped.
type OverviewOptions struct {
	ListOptions
	State        State     // only tenants in this state; empty means any. [Dropped] implies ListOptions.Dropped
	DDLVersion   string    // only tenants made with this Config.DDLVersion; empty means any
	ChangedSince time.Time // only tenants with an action that was done then or later; zero means any
	// Sizes asks the server for the size of each table. That takes some 0.1 ms for each, and waits for whoever alters or
	// drops one, such as a provisioner that is at work.
	Sizes bool
}

// Overview returns tenants in the byte order of their ids, as [Provisioner.List] does, and with its errors.
func (p *Provisioner) Overview(ctx context.Context, o OverviewOptions) ([]Overview, error) {
	all, err := p.overview(ctx, o)
	return all, wrap("list", "", err)
}

func (p *Provisioner) overview(ctx context.Context, o OverviewOptions) ([]Overview, error) {
	if o.Limit < 0 {
		return nil, invalidConfig("limit %d", o.Limit)
	}
	in, err := p.readable(ctx, p.db)
	if err != nil {
		return nil, err
	}
	const query = `
SELECT ` + columns + `, c.changed, COALESCE(c.did, ''), COALESCE(s.bytes, 0)
  FROM {{system}}.tenant AS t
  LEFT JOIN LATERAL (SELECT a.at, a.action FROM {{system}}.audit AS a
                      WHERE a.tenant_id = t.id AND a.outcome = 'done'
                      ORDER BY a.id DESC LIMIT 1) AS c (changed, did) ON true
  LEFT JOIN (SELECT n.nspname, sum(pg_total_relation_size(r.oid))::bigint
               FROM pg_namespace AS n JOIN pg_class AS r ON r.relnamespace = n.oid
              WHERE $7 AND r.relkind IN ('r', 'm', 'S') AND n.nspname IN (SELECT schema_name FROM {{system}}.tenant)
              GROUP BY n.nspname) AS s (of_schema, bytes) ON s.of_schema = t.schema_name
 WHERE NOT is_system AND id > $1 AND ($2 OR state <> 'dropped')
   AND ($4 = '' OR state = $4) AND ($5 = '' OR ddl_version = $5) AND ($6::timestamptz IS NULL OR c.changed >= $6)
 ORDER BY id LIMIT NULLIF($3::bigint, 0)`
	since := sql.NullTime{Time: o.ChangedSince, Valid: !o.ChangedSince.IsZero()}
	rows, err := p.db.QueryContext(ctx, p.system(query), o.After, o.Dropped || o.State == Dropped, o.Limit,
		string(o.State), o.DDLVersion, since, o.Sizes)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Overview
	for rows.Next() {
		var v Overview
		var changed sql.NullTime
		v.Tenant, err = scanTenant(func(dest ...any) error {
			return rows.Scan(append(dest, &changed, &v.LastAction, &v.Bytes)...)
		})
		if err != nil {
			return nil, err
		}
		v.ChangedAt = changed.Time
		all = append(all, v)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || in.distribution != Citus {
		return all, err
	}
	return all, p.placeOverviews(ctx, all, o.Sizes)
}
