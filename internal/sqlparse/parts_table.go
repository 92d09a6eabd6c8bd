package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

func (p *parts) table(s *pg.CreateStmt) {
	table := s.Relation.GetRelname()
	p.add(PartTable, table, "", "", 0)
	for _, n := range s.InhRelations {
		kind := PartInherits
		if s.Partbound != nil {
			kind = PartPartition
		}
		p.add(kind, table, "", n.GetRangeVar().GetRelname(), n.GetRangeVar().GetLocation())
	}
	if s.Partspec != nil {
		p.add(PartPartitioned, table, "", "", s.Partspec.Location)
		p.add(PartExpression, table, "", "", s.Partspec.Location, s.Partspec)
	}
	for _, n := range s.TableElts {
		p.column(table, n.GetColumnDef())
		p.constraint(table, "", n.GetConstraint())
	}
}

// column reads a column of a table or of a composite type.
func (p *parts) column(table string, c *pg.ColumnDef) {
	if c == nil {
		return
	}
	if c.TypeName != nil { // none in a partition or a typed table
		kind := lastName(c.TypeName.Names)
		p.add(PartColumn, table, c.Colname, kind, c.Location)
		if serial[kind] {
			p.add(PartSequence, table, c.Colname, kind, c.Location)
		}
	}
	for _, n := range c.Constraints {
		p.constraint(table, c.Colname, n.GetConstraint())
	}
}

var serial = text.WordSet("serial bigserial smallserial serial2 serial4 serial8")

// constraint reads one of a table, or of a column if that has a name.
func (p *parts) constraint(table, column string, c *pg.Constraint) {
	switch c.GetContype() {
	case pg.ConstrType_CONSTR_DEFAULT:
		p.add(PartDefault, table, column, "", c.Location, c.RawExpr)
	case pg.ConstrType_CONSTR_CHECK, pg.ConstrType_CONSTR_EXCLUSION, pg.ConstrType_CONSTR_GENERATED:
		name := c.Conname
		if name == "" {
			name = column
		}
		p.add(PartExpression, table, name, "", c.Location, c)
		if c.Contype == pg.ConstrType_CONSTR_CHECK && c.SkipValidation {
			p.add(PartNotValid, table, name, "", c.Location)
		}
	}
}

// alter reads ALTER TABLE, and ALTER of indexes and views, which is the same to the grammar.
func (p *parts) alter(s *pg.AlterTableStmt) {
	table := s.Relation.GetRelname()
	for _, n := range s.Cmds {
		c := n.GetAlterTableCmd()
		if s.Objtype == pg.ObjectType_OBJECT_TABLE {
			p.add(PartAlter, table, p.actionOf(c, len(s.Cmds)), "", 0)
		}
		switch c.GetSubtype() {
		case pg.AlterTableType_AT_AddColumn:
			p.column(table, c.Def.GetColumnDef())
		case pg.AlterTableType_AT_AlterColumnType:
			p.drop(table, func(a *Part) bool { return a.Kind == PartColumn && a.Table == table && a.Name == c.Name })
			p.add(PartColumn, table, c.Name, lastName(c.Def.GetColumnDef().GetTypeName().GetNames()), 0)
		case pg.AlterTableType_AT_ColumnDefault:
			p.drop(table, func(a *Part) bool { return a.Kind == PartDefault && a.Table == table && a.Name == c.Name })
			if c.Def != nil {
				p.add(PartDefault, table, c.Name, "", 0, c.Def)
			}
		case pg.AlterTableType_AT_AddConstraint:
			p.constraint(table, "", c.Def.GetConstraint())
		case pg.AlterTableType_AT_ValidateConstraint:
			p.drop(table, func(a *Part) bool { return a.Kind == PartNotValid && a.Table == table && a.Name == c.Name })
		case pg.AlterTableType_AT_DropConstraint:
			p.drop(table, func(a *Part) bool {
				return a.Table == table && (a.Kind == PartExpression || a.Kind == PartNotValid) &&
					(a.Name == c.Name || table+"_"+a.Name+"_check" == c.Name)
			})
		case pg.AlterTableType_AT_DropColumn:
			p.drop(table, func(a *Part) bool { return a.Table == table && a.Name == c.Name && ofColumn[a.Kind] })
		case pg.AlterTableType_AT_AddInherit:
			p.add(PartInherits, table, "", c.Def.GetRangeVar().GetRelname(), 0)
		case pg.AlterTableType_AT_DropInherit:
			p.drop(table, func(a *Part) bool { return a.Kind == PartInherits && a.Table == table })
		case pg.AlterTableType_AT_AttachPartition:
			p.add(PartPartition, c.Def.GetPartitionCmd().GetName().GetRelname(), "", table, 0)
		case pg.AlterTableType_AT_DetachPartition:
			child := c.Def.GetPartitionCmd().GetName().GetRelname()
			p.drop(child, func(a *Part) bool { return a.Kind == PartPartition && a.Table == child && a.Of == table })
		}
	}
}

var ofColumn = map[PartKind]bool{PartColumn: true, PartDefault: true, PartExpression: true, PartSequence: true}

// Actions that are more than the type of one of ALTER TABLE; of the others the words of the type are the name.
const (
	ActionConstraintToo = "ADD CONSTRAINT with other actions"
	ActionColumnToo     = "ADD COLUMN with a constraint and other actions"
	ActionColumnCheck   = "ADD COLUMN with a CHECK without a name"
	ActionColumnUnnamed = "ADD COLUMN with a constraint without a name"
	ActionCheckUnnamed  = "ADD CHECK without a name"
	ActionSerial        = "ADD COLUMN serial"
	ActionIdentity      = "ADD COLUMN identity"
	ActionOwned         = "CREATE SEQUENCE … OWNED BY"
	ActionSequence      = "ALTER SEQUENCE"
	ActionRename        = "RENAME CONSTRAINT"
)

// actionOf returns the words of one of several actions.
func (p *parts) actionOf(c *pg.AlterTableCmd, of int) string {
	switch c.GetSubtype() {
	case pg.AlterTableType_AT_AddConstraint:
		k := c.Def.GetConstraint()
		switch {
		case of > 1:
			return ActionConstraintToo
		case k.GetContype() == pg.ConstrType_CONSTR_CHECK && k.Conname == "":
			return ActionCheckUnnamed
		}
	case pg.AlterTableType_AT_AddColumn:
		column := c.Def.GetColumnDef()
		if serial[lastName(column.GetTypeName().GetNames())] {
			return ActionSerial
		}
		for _, n := range column.GetConstraints() {
			switch k := n.GetConstraint(); k.GetContype() {
			case pg.ConstrType_CONSTR_IDENTITY:
				return ActionIdentity
			case pg.ConstrType_CONSTR_CHECK, pg.ConstrType_CONSTR_UNIQUE, pg.ConstrType_CONSTR_PRIMARY,
				pg.ConstrType_CONSTR_FOREIGN:
				switch {
				case of > 1:
					return ActionColumnToo
				case k.Conname != "" || k.Contype == pg.ConstrType_CONSTR_PRIMARY: // which is named after the table
				case k.Contype == pg.ConstrType_CONSTR_CHECK:
					return ActionColumnCheck
				default:
					return ActionColumnUnnamed
				}
			}
		}
	}
	return action(c.GetSubtype())
}
