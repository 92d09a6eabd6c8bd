package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
)

// Extensions add to what a name can mean: Citus puts views and functions into pg_catalog, which every search_path
// begins with, and the schemas of Policy.ExtensionSchemas are on it, too. Calls of unknown functions are refused
// anyway; the lists below are for the places where an unknown name is taken for a table, a type or a column.

// extensionViews are relations that show other tenants; Citus's have names that begin with citus_ or pg_dist_.
var extensionViews = setOf(`time_partitions geometry_columns geography_columns raster_columns raster_overviews`)

// extensionCalls are functions that do harm with one argument, so that a field (x.name) can call them. Those whose
// names begin with pg_, citus_ or dblink are left out.
var extensionCalls = setOf(`
	alter_columnar_table_reset alter_columnar_table_set alter_distributed_table create_distributed_function
	create_reference_table fix_partition_shard_index_names fix_pre_citus10_partitioned_table_constraint_names
	get_colocated_shard_array get_colocated_table_array get_nodeid_for_groupid get_rebalance_table_shards_plan
	get_shard_id_for_distribution_column master_apply_delete_command master_create_empty_shard master_drop_sequences
	master_get_table_ddl_events master_get_table_metadata master_modify_multiple_shards master_update_shard_statistics
	master_update_table_statistics read_intermediate_result read_intermediate_results rebalance_table_shards
	relation_is_a_known_shard replicate_reference_tables replicate_table_shards role_exists run_command_on_all_nodes
	run_command_on_coordinator run_command_on_workers task_tracker_cleanup_job time_partition_range
	truncate_local_data_after_distributing_table undistribute_table upgrade_to_reference_table
	worker_adjust_identity_column_seq_ranges worker_apply_sequence_command worker_create_or_replace_object
	worker_create_truncate_trigger worker_drop_distributed_table worker_drop_sequence_dependency worker_drop_shell_table
	worker_nextval worker_partitioned_relation_size worker_partitioned_relation_total_size worker_partitioned_table_size
	worker_repartition_cleanup
	bt_index_check bt_index_parent_check bt_metap crosstab crosstab2 crosstab3 crosstab4 gin_index_check isn_weak
	pgrowlocks pgstatginindex pgstathashindex pgstatindex pgstattuple pgstattuple_approx postgres_fdw_disconnect
	postgres_fdw_get_connections set_limit verify_heapam
	dropgeometrytable populate_geometry_columns postgis_extensions_upgrade unlockrows http_delete http_get http_head`)

func extensionView(name string) bool {
	return strings.HasPrefix(name, "citus_") || extensionViews[name]
}

// extensionCall also covers what begins with pg_: maybe a function of an extension, or of a newer server.
func extensionCall(name string) bool {
	return strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "citus_") || strings.HasPrefix(name, "dblink") ||
		extensionCalls[name]
}

// extensionRelation refuses the bare name of a view that shows other tenants, as a relation or as a row type.
func (c *check) extensionRelation(access sqlparse.Access) *Denial {
	if c.catalog == CatalogAll && access == sqlparse.AccessRead {
		return nil
	}
	return &Denial{Rule: RuleSystemCatalog, Reason: "an extension's view of this name shows other tenants",
		Hint: "if the tenant's own table of this name is meant, write the tenant's schema in front of it"}
}
