package provision

import (
	"context"
	"strconv"
	"strings"
)

// minCitus is the first major version with schema-based sharding (Citus documentation, "Schema-based sharding").
const minCitus = 12

// citusSchemas is a schema per tenant, each of which Citus keeps as a whole on one of its workers.
type citusSchemas struct{}

func (citusSchemas) roleLogin() string { return "LOGIN" }

// check refuses a server on which the setting would be an empty word: PostgreSQL takes any name with a dot for a
// setting of some extension that is yet to come. Such names are not in pg_settings, so that it shows whether Citus
// itself is loaded, also to those who may not read shared_preload_libraries.
func (citusSchemas) check(ctx context.Context, q queryer) error {
	const query = `
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citus'),
       EXISTS (SELECT FROM pg_settings WHERE name = 'citus.shard_count'),
       COALESCE((SELECT extversion FROM pg_extension WHERE extname = 'citus'), ''),
       current_database()`
	var available, loaded bool
	var version, database string
	if err := q.QueryRowContext(ctx, query).Scan(&available, &loaded, &version, &database); err != nil {
		return err
	}
	missing := func(what, have, remedy string) error {
		return &CitusError{Missing: what, Database: database, Version: have, Remedy: remedy}
	}
	switch {
	case !available:
		return missing("package", "", "install Citus 12 or newer on every server of the cluster, set "+
			"shared_preload_libraries = 'citus' there, restart, and run CREATE EXTENSION citus in this database on each")
	case !loaded:
		return missing("library", version,
			"put citus first in shared_preload_libraries of every server of the cluster and restart")
	case version == "":
		return missing("extension", "", "run CREATE EXTENSION citus in this database on every server of the cluster")
	case citusMajor(version) < minCitus:
		return missing("version", version, "install Citus 12 or newer on every server of the cluster, restart, and run "+
			"ALTER EXTENSION citus UPDATE")
	}
	var node bool
	if err := q.QueryRowContext(ctx, citusNode).Scan(&node); err != nil || node {
		return err
	}
	return missing("worker", version, "SELECT citus_set_coordinator_host('ADDRESS', PORT), and SELECT citus_add_node("+
		"'ADDRESS', PORT) for each worker; with the coordinator alone SELECT citus_set_node_property('ADDRESS', PORT, "+
		"'shouldhaveshards', true)")
}

// citusNode asks for a node that may have tenants. Where it knows no node at all, Citus would make the coordinator one,
// by the name localhost, and from then on refuse to add workers. An inactive worker gets no tenants, and nothing that
// Init and Create do, before it is activated.
const citusNode = `
SELECT EXISTS (SELECT FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND shouldhaveshards)`

// citusMajor returns the 12 of "12.1-1", and 0 for what is no version.
func citusMajor(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0
	}
	return n
}
