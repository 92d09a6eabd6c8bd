package sqlparse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// alterActions are what ALTER TABLE may do. Missing are owners, tablespaces, access methods, rules and foreign tables.
var alterActions = map[pg.AlterTableType]bool{
	pg.AlterTableType_AT_AddColumn: true, pg.AlterTableType_AT_ColumnDefault: true, pg.AlterTableType_AT_DropNotNull: true,
	pg.AlterTableType_AT_SetNotNull: true, pg.AlterTableType_AT_DropExpression: true,
	pg.AlterTableType_AT_SetStatistics: true,
	pg.AlterTableType_AT_SetOptions:    true, pg.AlterTableType_AT_ResetOptions: true,
	pg.AlterTableType_AT_SetStorage:     true,
	pg.AlterTableType_AT_SetCompression: true, pg.AlterTableType_AT_DropColumn: true,
	pg.AlterTableType_AT_AddConstraint:   true,
	pg.AlterTableType_AT_AlterConstraint: true, pg.AlterTableType_AT_ValidateConstraint: true,
	pg.AlterTableType_AT_DropConstraint: true, pg.AlterTableType_AT_AlterColumnType: true,
	pg.AlterTableType_AT_ClusterOn:   true,
	pg.AlterTableType_AT_DropCluster: true, pg.AlterTableType_AT_SetLogged: true, pg.AlterTableType_AT_SetUnLogged: true,
	pg.AlterTableType_AT_SetRelOptions: true, pg.AlterTableType_AT_ResetRelOptions: true,
	pg.AlterTableType_AT_EnableTrig: true, pg.AlterTableType_AT_EnableAlwaysTrig: true,
	pg.AlterTableType_AT_EnableReplicaTrig: true,
	pg.AlterTableType_AT_DisableTrig:       true, pg.AlterTableType_AT_EnableTrigUser: true,
	pg.AlterTableType_AT_DisableTrigUser: true,
	pg.AlterTableType_AT_AddInherit:      true, pg.AlterTableType_AT_DropInherit: true, pg.AlterTableType_AT_AddOf: true,
	pg.AlterTableType_AT_DropOf: true, pg.AlterTableType_AT_AttachPartition: true,
	pg.AlterTableType_AT_DetachPartition: true,
	pg.AlterTableType_AT_ReplicaIdentity: true, pg.AlterTableType_AT_EnableRowSecurity: true,
	pg.AlterTableType_AT_DisableRowSecurity: true, pg.AlterTableType_AT_ForceRowSecurity: true,
	pg.AlterTableType_AT_NoForceRowSecurity: true, pg.AlterTableType_AT_AddIdentity: true,
	pg.AlterTableType_AT_SetIdentity:  true,
	pg.AlterTableType_AT_DropIdentity: true,
}

func (w *ddlWalker) alterTable(s *pg.AlterTableStmt) bool {
	if !schemaObjects[s.Objtype] {
		return false
	}
	w.target(s.Relation)
	for _, n := range s.Cmds {
		c := n.GetAlterTableCmd()
		switch {
		case c == nil:
			w.unsupported(n)
		case c.Newowner != nil && c.Subtype == pg.AlterTableType_AT_ChangeOwner:
			w.feature(FeatureRole, c.Newowner.Rolename)
		case c.Subtype == pg.AlterTableType_AT_SetTableSpace:
			w.feature(FeatureTablespace, c.Name)
		case !alterActions[c.Subtype]:
			w.feature(FeatureUnsupported, "alter table: "+strings.TrimPrefix(c.Subtype.String(), "AT_"))
		default:
			w.alterDefinition(c.Def)
		}
	}
	return true
}

// alterDefinition walks what an action of ALTER TABLE is given: a column, a constraint, an expression, options.
func (w *ddlWalker) alterDefinition(n *pg.Node) {
	switch x := n.GetNode().(type) {
	case nil, *pg.Node_Integer, *pg.Node_String_, *pg.Node_ReplicaIdentityStmt:
	case *pg.Node_ColumnDef:
		w.column(x.ColumnDef)
	case *pg.Node_Constraint:
		w.constraint(x.Constraint)
	case *pg.Node_RangeVar:
		w.relation(x.RangeVar, AccessRead)
	case *pg.Node_TypeName:
		w.typeName(x.TypeName)
	case *pg.Node_PartitionCmd:
		w.concurrently(x.PartitionCmd.Concurrent)
		w.relation(x.PartitionCmd.Name, AccessRead)
		w.partitionBound(x.PartitionCmd.Bound)
	case *pg.Node_List: // storage parameters, or options of an identity column
		w.sequenceOptions(x.List.Items)
	default:
		w.expr(n)
	}
}
