package provision

import (
	"context"
	"database/sql"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// NodeMove says how [Provisioner.MoveToNode] moves a tenant. The zero value lets programs write meanwhile.
type NodeMove struct {
	// BlockWrites keeps programs from writing until the tenant is there. Citus needs that, or a replica identity, for
	// tables without a primary key.
	BlockWrites bool
	// Progress is called about five times a second, while the rows are copied, with the bytes that are there and all of
	// them, as far as Citus tells. The calls come one at a time, from another goroutine; none comes after MoveToNode
	// has returned. They need a connection of their own. nil: nobody is told.
	Progress func(moved, all int64)
}

// MoveToNode moves a tenant to another node of [Citus], which is host:port as [Placement] has it: its tables, with all
// rows. Programs work for the tenant meanwhile, and wait at the end only, unless o says otherwise. The old copy is
// removed by Citus, some time after that.
//
// It waits for whoever holds the tenant's lock, and keeps it. A large tenant takes long, and who would change it waits.
// Every worker has to answer. Moving a tenant to where it is is no error.
//
// The error matches [ErrUnsupportedStrategy] on a [Local] installation, [ErrInvalidConfig] for a node that is none, or
// may have no tenants, and [ErrCitus] for what Citus refuses; or is one of Suspend's. Nothing has changed then.
func (p *Provisioner) MoveToNode(ctx context.Context, id, node string, o NodeMove) error {
	return wrap("move", id, p.change(ctx, "move", id, func(tx *sql.Tx, in installation, t Tenant) (string, error) {
		if o.Progress != nil {
			defer p.watchMove(ctx, t, o.Progress)()
		}
		return moveToNode(ctx, tx, in, t, node, o)
	}))
}

func moveToNode(ctx context.Context, tx *sql.Tx, in installation, t Tenant, node string, o NodeMove) (string, error) {
	if in.distribution != Citus {
		return "", errOneServer
	}
	host, port, err := net.SplitHostPort(node)
	if err != nil {
		return "", invalidConfig("node %q, want host:port", node)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", invalidConfig("node %q, want host:port", node)
	}
	const nodes = `
SELECT COALESCE(string_agg(nodename || ':' || nodeport, ', ' ORDER BY nodename, nodeport), ''),
       COALESCE(bool_or(nodename = $1 AND nodeport = $2), false),
       COALESCE((SELECT bool_or(q.groupid = w.groupid) FROM pg_dist_schema AS s
                   JOIN pg_dist_partition AS p ON p.colocationid = s.colocationid
                   JOIN pg_dist_shard AS h USING (logicalrelid) JOIN pg_dist_placement AS q USING (shardid)
                   JOIN pg_dist_node AS w ON w.nodename = $1 AND w.nodeport = $2
                  WHERE s.schemaid = to_regnamespace(quote_ident($3))), false)
  FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards`
	var all string
	var known, there bool
	if err := tx.QueryRowContext(ctx, nodes, host, int64(number), t.Schema).Scan(&all, &known, &there); err != nil {
		return "", err
	}
	switch {
	case there:
		return "it was on " + node + " already", nil
	case !known:
		return "", invalidConfig("node %q, want one of: %s", node, all)
	}
	mode := "auto"
	if o.BlockWrites {
		mode = "block_writes"
	}
	// The mode is written out: its type's name stands in a schema that few may use.
	move := `SELECT citus_schema_move(to_regnamespace(quote_ident($1)), $2, $3::integer, '` + mode + `')`
	_, err = tx.ExecContext(ctx, move, t.Schema, host, int64(number))
	return "to " + node, moveRefusal(err)
}

// watchMove tells how far a move is until the function is called that it returns.
func (p *Provisioner) watchMove(ctx context.Context, t Tenant, tell func(moved, all int64)) (stop func()) {
	const query = `
SELECT COALESCE(sum(least(target_shard_size, source_shard_size)), 0)::bigint,
       COALESCE(sum(source_shard_size), 0)::bigint
  FROM get_rebalance_progress()
 WHERE table_name IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident($1)))`
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for tick := time.NewTicker(moveTick); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
			var moved, all int64
			err := p.db.QueryRowContext(ctx, query, t.Schema).Scan(&moved, &all)
			if err == nil && all > 0 { // without an answer the move goes on all the same
				tell(moved, all)
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// moveTick is how often somebody is told.
const moveTick = 200 * time.Millisecond

// moveRefusal gives an error of citus_schema_move a meaning.
func moveRefusal(err error) error {
	if !hasCode(err, codeFeatureNotSupported) {
		return err
	}
	remedy := "see what Citus says"
	if strings.Contains(err.Error(), "logical replication") {
		remedy = "give the table a primary key or a replica identity, or block writing meanwhile (NodeMove.BlockWrites, " +
			"--block-writes)"
	}
	return &CitusError{Missing: "support", Err: err, Remedy: remedy}
}
