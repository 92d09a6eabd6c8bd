package provision

import (
	"context"
	"database/sql"
	"fmt"
)

// place is where Citus has a tenant's tables.
type place struct {
	schema, node string
	bytes        int64 // -1: the node does not say it
}

// whereSQL finds the nodes of distributed schemas in the coordinator's catalogs. Sizes are what the nodes say: of one
// that is down, or that has a schema which the administrator may not use, Citus has none, and says so in a warning.
const whereSQL = `
SELECT n.nspname, w.nodename || ':' || w.nodeport, COALESCE(z.bytes, -1)
  FROM pg_dist_schema AS s JOIN pg_namespace AS n ON n.oid = s.schemaid CROSS JOIN
       LATERAL (SELECT q.groupid FROM pg_dist_partition AS p JOIN pg_dist_shard AS h USING (logicalrelid)
                  JOIN pg_dist_placement AS q USING (shardid)
                 WHERE p.colocationid = s.colocationid LIMIT 1) AS g
  JOIN pg_dist_node AS w ON w.groupid = g.groupid AND w.noderole = 'primary'
  LEFT JOIN (SELECT p.colocationid, CASE WHEN count(*) = count(c.size) THEN sum(c.size) END::bigint
               FROM pg_dist_partition AS p JOIN pg_dist_shard AS h USING (logicalrelid)
               LEFT JOIN (SELECT * FROM citus_shard_sizes() WHERE $2) AS c ON c.shard_id = h.shardid
              WHERE $2 GROUP BY 1) AS z (of_group, bytes) ON z.of_group = s.colocationid
 WHERE $1 = '' OR n.nspname = $1`

// estimateSQL asks the nodes how many rows a schema's tables have by their statistics. The coordinator has none.
const estimateSQL = `
SELECT COALESCE(sum(r.result::bigint), 0)::bigint
  FROM pg_dist_schema AS s JOIN pg_dist_partition AS p ON p.colocationid = s.colocationid, LATERAL
       run_command_on_placements(p.logicalrelid,
           'SELECT GREATEST(reltuples, pg_stat_get_live_tuples(oid), 0)::bigint ' ||
           'FROM pg_class WHERE relkind = ''r'' AND oid = ''%s''::regclass') AS r
 WHERE s.schemaid = to_regnamespace(quote_ident($1)) AND r.success`

// where returns the places of all tenants' schemas, or of one. It waits no longer than 5 s for a node that is silent.
func (p *Provisioner) where(ctx context.Context, schema string, sizes bool) (all map[string]place, err error) {
	const patient = "pg_catalog.set_config('citus.node_connection_timeout', $1, true)"
	all = map[string]place{}
	return all, inTransaction(ctx, p.db, patient, "5s", func(tx *sql.Tx) error {
		rows, err := rowsOf(ctx, tx, func(r *place) []any { return []any{&r.schema, &r.node, &r.bytes} }, whereSQL, schema,
			sizes)
		for _, r := range rows {
			all[r.schema] = r
		}
		return err
	})
}

func (p *Provisioner) placeOverviews(ctx context.Context, all []Overview, sizes bool) error {
	places, err := p.where(ctx, "", sizes)
	if err != nil {
		return err
	}
	for i := range all {
		if at, distributed := places[all[i].Schema]; distributed {
			all[i].Node = at.node
			if sizes {
				all[i].Bytes = at.bytes
			}
		}
	}
	return nil
}

// Placement is where a tenant's tables are.
type Placement struct {
	Node  string // of [Citus], as host:port; empty where the tenant has no tables
	Bytes int64  // on that node's disk, indexes included; -1 when it does not say it
}

// Placement asks where [Citus] has a tenant. The error matches scope.ErrTenantNotProvisioned for an unknown tenant, and
// [ErrUnsupportedStrategy] for a [Local] installation, where all tenants are on one server.
func (p *Provisioner) Placement(ctx context.Context, id string) (Placement, error) {
	at, err := p.placement(ctx, id)
	return at, wrap("placement", id, err)
}

func (p *Provisioner) placement(ctx context.Context, id string) (Placement, error) {
	t, err := p.get(ctx, id)
	if err != nil {
		return Placement{}, err
	}
	if err := p.onCitus(ctx, p.db); err != nil {
		return Placement{}, err
	}
	places, err := p.where(ctx, t.Schema, true)
	at := places[t.Schema]
	return Placement{Node: at.node, Bytes: at.bytes}, err
}

// onCitus refuses an installation on one server.
func (p *Provisioner) onCitus(ctx context.Context, q queryer) error {
	in, err := p.readable(ctx, q)
	if err == nil && in.distribution != Citus {
		err = errOneServer
	}
	return err
}

var errOneServer = fmt.Errorf("%w: all tenants of this installation are on one server, without Citus",
	ErrUnsupportedStrategy)
