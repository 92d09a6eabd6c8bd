package doctor

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

//go:embed citus_nodes.sql
var citusNodesSQL string

// nodeTimeout bounds how long Citus waits for a node that is silent. Its own default is 30 s.
const nodeTimeout = `, pg_catalog.set_config('citus.node_connection_timeout', '5s', true)`

// node is a server of a Citus cluster, and what it says.
type node struct {
	name                string // host:port
	coordinator         bool
	active, answers     bool
	why                 string   // there is no answer
	Server              string   // version of PostgreSQL
	Citus, Library      string   // versions of the extension and of what the server has loaded
	Rights              []string // of PUBLIC, on the database
	Routines            []string // schemas of docex's with routines that PUBLIC may call
	Roleless, Loginless []string // tenants whose role is not there, or not LOGIN
	Open, Shut          []string // suspended tenants whose role may use the schema, active ones whose may not
}

// checkNodes looks at each server of a Citus cluster. A local installation has none, and no finding.
func checkNodes(ctx context.Context, d *doctor) ([]Finding, error) {
	if d.in.distribution != provision.Citus {
		return nil, nil
	}
	nodes, err := d.nodes(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(nodes, func(n node) bool { return n.coordinator })
	if at < 0 {
		return one(failure("SELECT citus_set_coordinator_host('ADDRESS', PORT) as a superuser, on the coordinator",
			"pg_dist_node does not have the coordinator"))
	}
	var fs []Finding
	var down []string
	for _, n := range nodes {
		if !n.answers || !n.active {
			down = append(down, n.name)
		}
		fs = append(fs, n.findings(nodes[at], d.administrator, d.in.shared != "")...)
	}
	if len(down) > 0 {
		d.cause = "not all nodes of the cluster are up: " + some(down)
	}
	if len(fs) == 0 {
		fs = []Finding{ok("%s with Citus %s, and the same roles and rights", plural.Count(len(nodes), "node"),
			nodes[at].Citus)}
	}
	return fs, nil
}

// nodes asks the nodes of the cluster.
func (d *doctor) nodes(ctx context.Context) (all []node, err error) {
	const tenants = `
SELECT COALESCE(array_agg(id), '{}')::text, COALESCE(array_agg(schema_name), '{}')::text,
       COALESCE(array_agg(COALESCE(role_name, $1)), '{}')::text, COALESCE(array_agg(state = 'active'), '{}')::text
  FROM {{system}}.tenant WHERE NOT is_system AND state IN ('active', 'suspended')`
	var ids, schemas, roles, active string
	if err := d.readOne(ctx, tenants, []any{d.in.appRole}, &ids, &schemas, &roles, &active); err != nil {
		return nil, err
	}
	args := []any{ids, schemas, roles, active, d.system()}
	err = d.readWith(ctx, nodeTimeout, citusNodesSQL, args, func(scan func(...any) error) error {
		var n node
		var id int
		var result string
		if err := scan(&id, &n.coordinator, &n.name, &n.active, &n.answers, &result); err != nil {
			return err
		}
		if !n.answers {
			n.why = result
		} else if err := json.Unmarshal([]byte(result), &n); err != nil {
			return fmt.Errorf("node %s: %w", n.name, err)
		}
		all = append(all, n)
		return nil
	})
	return all, err
}

// findings are what is wrong with a node. Rights are compared with the coordinator's, where other checks look at them.
func (n node) findings(coordinator node, administrator string, tenantRoles bool) (fs []Finding) {
	fail := func(remedy, format string, args ...any) {
		fs = append(fs, failure(remedy, "node %s %s", n.name, fmt.Sprintf(format, args...)))
	}
	host, port := cutLast(n.name)
	switch {
	case !n.active:
		fail(fmt.Sprintf("SELECT citus_activate_node('%s', %s) as a superuser, on the coordinator", host, port),
			"is not active")
		return fs
	case !n.answers:
		fail(fmt.Sprintf("start it; or let %q in from the coordinator in its pg_hba.conf; its log has the reason",
			administrator), "cannot be reached: %s", oneLineText(n.why))
		return fs
	case !coordinator.answers: // Citus connects to itself; there is nothing to compare with
		return nil
	}
	if major(n.Server) != major(coordinator.Server) || n.Citus != coordinator.Citus || n.Library != coordinator.Library {
		fail("the same versions on all servers, and ALTER EXTENSION citus UPDATE on each",
			"has PostgreSQL %s, Citus %s (loaded: %s); the coordinator has %s, %s (loaded: %s)", n.Server, n.Citus, n.Library,
			coordinator.Server, coordinator.Citus, coordinator.Library)
	}
	if n.coordinator {
		return fs
	}
	beyond := func(there, here []string) []string {
		return slices.DeleteFunc(slices.Clone(there), func(s string) bool { return slices.Contains(here, s) })
	}
	for _, w := range []struct {
		what, remedy string
		items        []string
	}{
		{"has no roles of tenants", "docex repair; if they are still not there, SELECT citus_activate_node('" + host + "', " +
			port + ") as a superuser", beyond(n.Roleless, coordinator.Roleless)},
		{"has roles of tenants without LOGIN", "ALTER ROLE … LOGIN of them, on the coordinator",
			unless(!tenantRoles, n.Loginless)},
		{"lets PUBLIC have rights on the database that it has not on the coordinator", "docex repair",
			beyond(n.Rights, coordinator.Rights)},
		{"lets PUBLIC call routines that it may not call on the coordinator, in schema", "docex repair",
			beyond(n.Routines, coordinator.Routines)},
		{"lets roles of suspended tenants use the schema", "docex tenant suspend " + ids(n.Open),
			unless(!tenantRoles, n.Open)},
		{"does not let roles of active tenants use the schema", "docex tenant resume " + ids(n.Shut),
			beyond(n.Shut, n.Roleless)},
	} {
		if len(w.items) > 0 {
			fail(w.remedy, "%s: %s", w.what, some(w.items))
		}
	}
	return fs
}

// ids are as many as fit into a remedy.
func ids(all []string) string { return strings.Join(all[:min(len(all), driftLines)], " ") }

// unless leaves out what is not to be looked at: without roles of their own all tenants have the application's.
func unless(not bool, items []string) []string {
	if not {
		return nil
	}
	return items
}

func major(version string) string {
	n, _, _ := strings.Cut(version, ".")
	return n
}

// cutLast cuts host:port, whose host may be an IPv6 address.
func cutLast(address string) (host, port string) {
	at := strings.LastIndexByte(address, ':')
	if at < 0 {
		return address, ""
	}
	return address[:at], address[at+1:]
}

func oneLineText(text string) string { return strings.Join(strings.Fields(text), " ") }
