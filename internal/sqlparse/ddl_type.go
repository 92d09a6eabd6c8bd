package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

// defineType walks the definitions of types, and of what is defined by a list of parameters.
func (w *ddlWalker) defineType(n *pg.Node) bool {
	switch x := n.GetNode().(type) {
	case *pg.Node_CreateEnumStmt:
		w.made(x.CreateEnumStmt.TypeName, true)
	case *pg.Node_AlterEnumStmt:
		w.made(x.AlterEnumStmt.TypeName, false)
	case *pg.Node_CompositeTypeStmt:
		w.target(x.CompositeTypeStmt.Typevar)
		for _, n := range x.CompositeTypeStmt.Coldeflist {
			w.tableElement(n)
		}
	case *pg.Node_CreateDomainStmt:
		w.domain(x.CreateDomainStmt)
	case *pg.Node_AlterDomainStmt:
		w.made(x.AlterDomainStmt.TypeName, false)
		w.alterDefinition(x.AlterDomainStmt.Def)
	case *pg.Node_CreateRangeStmt:
		w.made(x.CreateRangeStmt.TypeName, true)
		w.def.Callable = true
		w.parameters(x.CreateRangeStmt.Params)
	case *pg.Node_DefineStmt:
		return w.defineByParameters(x.DefineStmt)
	case *pg.Node_AlterTsconfigurationStmt:
		w.made(x.AlterTsconfigurationStmt.Cfgname, false)
		for _, d := range x.AlterTsconfigurationStmt.Dicts {
			w.object(ObjectOther, d.GetList().GetItems())
		}
	case *pg.Node_AlterTsdictionaryStmt:
		w.made(x.AlterTsdictionaryStmt.Dictname, false)
	default:
		return false
	}
	return true
}

func (w *ddlWalker) domain(s *pg.CreateDomainStmt) {
	w.made(s.Domainname, true)
	w.typeName(s.TypeName)
	if s.CollClause != nil {
		w.collate(s.CollClause)
	}
	w.constraints(s.Constraints)
}

// defineByParameters walks aggregates, operators, collations and text search objects. Base types, parsers and templates
// need code in C.
func (w *ddlWalker) defineByParameters(s *pg.DefineStmt) bool {
	switch s.Kind {
	case pg.ObjectType_OBJECT_AGGREGATE, pg.ObjectType_OBJECT_OPERATOR, pg.ObjectType_OBJECT_COLLATION,
		pg.ObjectType_OBJECT_TSCONFIGURATION, pg.ObjectType_OBJECT_TSDICTIONARY:
	default:
		return false
	}
	w.def.Callable = s.Kind == pg.ObjectType_OBJECT_AGGREGATE
	w.made(s.Defnames, w.def.Callable)
	if w.def.Callable && len(s.Args) > 0 { // the parameters, and how many are direct
		w.functionParameters(s.Args[0].GetList().GetItems())
	}
	w.parameters(s.Definition)
	return true
}

// typeParameters are the parameters that name a type; the others that name something name functions, operators and the
// like, which the grammar reads as types, too.
var typeParameters = map[string]bool{
	"subtype": true, "stype": true, "mstype": true, "leftarg": true, "rightarg": true, "basetype": true,
}

func (w *ddlWalker) parameters(list []*pg.Node) {
	w.defElems(list, func(o *pg.DefElem) {
		t := o.Arg.GetTypeName()
		switch {
		case t != nil && typeParameters[o.Defname]:
			w.signature(t)
		case t != nil && o.Defname == "multirange_type_name":
			w.made(t.Names, true)
		case t != nil:
			w.object(ObjectOther, t.Names)
		case o.Arg.GetList() != nil:
			w.object(ObjectOperator, names(o.Arg.GetList().Items))
		}
	})
}

// names returns the strings of a list that may hold something else.
func names(list []*pg.Node) []*pg.Node {
	for _, n := range list {
		if n.GetString_() == nil {
			return nil
		}
	}
	return list
}
