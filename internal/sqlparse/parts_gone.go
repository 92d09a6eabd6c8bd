package sqlparse

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// drop marks parts of a table that are no longer there. What was done with ALTER stays.
func (p *parts) drop(table string, gone func(*Part) bool) {
	for _, i := range p.of[table] {
		a := &p.all[i]
		a.gone = a.gone || a.Kind != PartAlter && gone(a)
	}
}

// dropAny is drop for parts of any table.
func (p *parts) dropAny(gone func(*Part) bool) {
	for i := range p.all {
		a := &p.all[i]
		a.gone = a.gone || a.Kind != PartAlter && gone(a)
	}
}

func (p *parts) dropped(s *pg.DropStmt) {
	cascade := s.Behavior == pg.DropBehavior_DROP_CASCADE
	for _, n := range s.Objects {
		list := n.GetList().GetItems()
		if t := n.GetTypeName(); t != nil {
			list = t.Names
		}
		if o := n.GetObjectWithArgs(); o != nil {
			list = o.Objname
		}
		name, table := lastName(list), ""
		if len(list) > 1 {
			table = lastName(list[:len(list)-1])
		}
		switch s.RemoveType {
		case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW:
			p.dropAny(func(a *Part) bool {
				return a.Table == name || a.Of == name && (a.Kind == PartPartition || a.Kind == PartInherits)
			})
		case pg.ObjectType_OBJECT_TRIGGER:
			p.drop(table, func(a *Part) bool { return a.Kind == PartTrigger && a.Table == table && a.Name == name })
		case pg.ObjectType_OBJECT_POLICY:
			p.drop(table, func(a *Part) bool { return a.Kind == PartPolicy && a.Table == table && a.Name == name })
		case pg.ObjectType_OBJECT_FUNCTION, pg.ObjectType_OBJECT_PROCEDURE, pg.ObjectType_OBJECT_ROUTINE,
			pg.ObjectType_OBJECT_AGGREGATE:
			p.dropAny(func(a *Part) bool {
				return a.Kind == PartRoutine && a.Name == name || cascade && a.Kind == PartTrigger && a.Of == name
			})
		case pg.ObjectType_OBJECT_TYPE, pg.ObjectType_OBJECT_DOMAIN:
			p.dropAny(func(a *Part) bool {
				return a.Table == name || a.Kind == PartRange && a.Name == name || cascade && a.Kind == PartColumn && a.Of == name
			})
		case pg.ObjectType_OBJECT_OPERATOR:
			p.dropAny(func(a *Part) bool { return a.Kind == PartOperator && a.Name == name })
		case pg.ObjectType_OBJECT_INDEX:
			p.dropAny(func(a *Part) bool { return a.Kind == PartExpression && a.Name == name })
		case pg.ObjectType_OBJECT_SEQUENCE:
			p.dropAny(func(a *Part) bool { return cascade && a.Kind == PartDefault && slices.Contains(a.Uses.Texts, name) })
		}
	}
}

// renamed follows the names by which later statements drop things.
func (p *parts) renamed(s *pg.RenameStmt) {
	table := s.Relation.GetRelname()
	of := func(kinds ...PartKind) {
		for i := range p.all {
			if a := &p.all[i]; a.Table == table && a.Name == s.Subname && slices.Contains(kinds, a.Kind) {
				a.Name = s.Newname
			}
		}
	}
	switch s.RenameType {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW:
		for i := range p.all {
			if p.all[i].Of == table {
				p.all[i].Of = s.Newname
			}
		}
		for _, i := range p.of[table] {
			p.all[i].Table = s.Newname
		}
		p.of[s.Newname] = append(p.of[s.Newname], p.of[table]...)
		delete(p.of, table)
	case pg.ObjectType_OBJECT_COLUMN:
		of(PartColumn, PartDefault, PartSequence)
	case pg.ObjectType_OBJECT_TRIGGER:
		of(PartTrigger)
	case pg.ObjectType_OBJECT_POLICY:
		of(PartPolicy)
	case pg.ObjectType_OBJECT_TABCONSTRAINT:
		p.add(PartAlter, table, ActionRename, "", 0)
		of(PartExpression, PartNotValid)
	}
}
