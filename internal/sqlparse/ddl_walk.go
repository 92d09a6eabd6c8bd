package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

// ddlWalker collects the facts of one definition. What can stand in a query it leaves to walker.
type ddlWalker struct {
	walker
	def *Definition
	d   *ddlParser
}

// definition walks a top-level statement. The list of definitions is an allow-list: all of them live inside a schema.
func (w *ddlWalker) definition(n *pg.Node) Kind {
	if !w.define(n) {
		return w.statement(n)
	}
	w.st.Command = command(n)
	return KindDefinition
}

func (w *ddlWalker) define(n *pg.Node) bool {
	switch x := n.GetNode().(type) {
	case *pg.Node_CreateStmt:
		w.createTable(x.CreateStmt)
	case *pg.Node_AlterTableStmt:
		return w.alterTable(x.AlterTableStmt)
	case *pg.Node_IndexStmt:
		w.index(x.IndexStmt)
	case *pg.Node_ViewStmt:
		w.target(x.ViewStmt.View)
		w.query(x.ViewStmt.Query)
	case *pg.Node_CreateTableAsStmt:
		w.createAs(x.CreateTableAsStmt)
	case *pg.Node_TruncateStmt:
		for _, n := range x.TruncateStmt.Relations {
			w.target(n.GetRangeVar())
		}
	case *pg.Node_RefreshMatViewStmt:
		w.target(x.RefreshMatViewStmt.Relation)
	case *pg.Node_CreateSeqStmt:
		w.target(x.CreateSeqStmt.Sequence)
		w.sequenceOptions(x.CreateSeqStmt.Options)
	case *pg.Node_AlterSeqStmt:
		w.target(x.AlterSeqStmt.Sequence)
		w.sequenceOptions(x.AlterSeqStmt.Options)
	case *pg.Node_CreateStatsStmt:
		w.statistics(x.CreateStatsStmt)
	case *pg.Node_CreateTrigStmt:
		w.trigger(x.CreateTrigStmt)
	case *pg.Node_CreatePolicyStmt:
		w.policy(x.CreatePolicyStmt.Table, x.CreatePolicyStmt.Roles, x.CreatePolicyStmt.Qual, x.CreatePolicyStmt.WithCheck)
	case *pg.Node_AlterPolicyStmt:
		w.policy(x.AlterPolicyStmt.Table, x.AlterPolicyStmt.Roles, x.AlterPolicyStmt.Qual, x.AlterPolicyStmt.WithCheck)
	case *pg.Node_CommentStmt:
		return w.comment(x.CommentStmt)
	case *pg.Node_DropStmt:
		return w.drop(x.DropStmt)
	case *pg.Node_RenameStmt:
		return w.rename(x.RenameStmt)
	case *pg.Node_CreateFunctionStmt:
		w.function(x.CreateFunctionStmt)
	case *pg.Node_AlterFunctionStmt:
		w.address(x.AlterFunctionStmt.Objtype, objectNode(x.AlterFunctionStmt.Func))
		w.functionOptions(x.AlterFunctionStmt.Actions)
	default:
		return w.defineType(n)
	}
	return true
}

// target is the relation that a definition is about.
func (w *ddlWalker) target(v *pg.RangeVar) {
	w.relation(v, AccessWrite)
	if v.GetRelpersistence() == "t" {
		w.feature(FeatureTemporary, "")
	}
}

// made is the name of an object that the statement makes, changes or drops. callable names can be called like
// functions.
func (w *ddlWalker) made(names []*pg.Node, callable bool) {
	name := w.name(names)
	w.st.Objects = append(w.st.Objects, Object{Name: name, Kind: ObjectMade, Offset: w.at})
	if callable {
		w.def.Creates = append(w.def.Creates, name.Name)
	}
}

func (w *ddlWalker) tablespace(name string) {
	if name != "" {
		w.feature(FeatureTablespace, name)
	}
}

func (w *ddlWalker) concurrently(is bool) {
	if is {
		w.feature(FeatureConcurrently, "")
	}
}

// defElems yields the options of a list.
func (w *ddlWalker) defElems(list []*pg.Node, each func(o *pg.DefElem)) {
	for _, n := range list {
		o := n.GetDefElem()
		if o == nil {
			w.unsupported(n)
			continue
		}
		w.locate(o.Location)
		each(o)
	}
}

func (w *ddlWalker) sequenceOptions(list []*pg.Node) {
	w.defElems(list, func(o *pg.DefElem) {
		switch o.Defname {
		case "owned_by":
			w.member(o.Arg.GetList().GetItems())
		case "as":
			w.typeName(o.Arg.GetTypeName())
		case "sequence_name":
			w.relationList(o.Arg.GetList().GetItems())
		}
	})
}

func (w *ddlWalker) trigger(s *pg.CreateTrigStmt) {
	w.target(s.Relation)
	if s.Constrrel != nil {
		w.relation(s.Constrrel, AccessRead)
	}
	w.expr(s.WhenClause)
	w.st.Functions = append(w.st.Functions, Function{Name: w.name(s.Funcname), Offset: w.at,
		First: Arg{Kind: ArgNone}, Second: Arg{Kind: ArgNone}})
}

// policy walks a row security policy. A role other than PUBLIC and the current one would be a name of the whole server.
func (w *ddlWalker) policy(table *pg.RangeVar, roles []*pg.Node, conditions ...*pg.Node) {
	w.target(table)
	for _, n := range roles {
		r := n.GetRoleSpec()
		w.locate(r.GetLocation())
		if r.GetRoletype() != pg.RoleSpecType_ROLESPEC_PUBLIC {
			w.feature(FeatureRole, r.GetRolename())
		}
	}
	w.exprs(conditions)
}
