package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

func (w *walker) exprs(list []*pg.Node) {
	for _, n := range list {
		w.expr(n)
	}
}

// expr walks an expression, or a list or clause made of expressions. A nil node is an optional part that is absent. A
// node without content is something that the C side could not pass on, so it is reported like an unknown one.
func (w *walker) expr(n *pg.Node) {
	if n == nil {
		return
	}
	switch x := n.Node.(type) {
	case *pg.Node_AConst:
		w.locate(x.AConst.Location)
	case *pg.Node_ParamRef:
		w.locate(x.ParamRef.Location)
	case *pg.Node_ColumnRef:
		w.columnRef(x.ColumnRef)
	case *pg.Node_AExpr:
		w.operation(x.AExpr)
	case *pg.Node_BoolExpr:
		w.exprs(x.BoolExpr.Args)
	case *pg.Node_FuncCall:
		w.call(x.FuncCall, false, Use{})
	case *pg.Node_TypeCast:
		w.cast(x.TypeCast, Use{})
	case *pg.Node_SubLink:
		w.subLink(x.SubLink)
	case *pg.Node_List:
		w.exprs(x.List.Items)
	case *pg.Node_NullTest:
		w.used(x.NullTest.Arg, Use{Plain: true})
	case *pg.Node_CaseExpr:
		w.caseExpr(x.CaseExpr)
	case *pg.Node_CoalesceExpr:
		w.exprs(x.CoalesceExpr.Args)
	case *pg.Node_SortBy:
		w.sortBy(x.SortBy)
	default:
		w.rareExpr(n)
	}
}

// rareExpr holds the node types that expr does not try first.
func (w *walker) rareExpr(n *pg.Node) {
	switch x := n.Node.(type) {
	case *pg.Node_MinMaxExpr:
		w.exprs(x.MinMaxExpr.Args)
	case *pg.Node_RowExpr:
		w.exprs(x.RowExpr.Args)
	case *pg.Node_AArrayExpr:
		w.exprs(x.AArrayExpr.Elements)
	case *pg.Node_AIndirection:
		w.indirection(x.AIndirection)
	case *pg.Node_BooleanTest:
		w.expr(x.BooleanTest.Arg)
	case *pg.Node_CollateClause:
		w.collate(x.CollateClause)
	case *pg.Node_SqlvalueFunction: // CURRENT_DATE, CURRENT_USER…: a closed set of keywords that the grammar lists
		w.locate(x.SqlvalueFunction.Location)
	case *pg.Node_SetToDefault, *pg.Node_CurrentOfExpr:
	case *pg.Node_NamedArgExpr:
		w.expr(x.NamedArgExpr.Arg)
	case *pg.Node_MultiAssignRef:
		if x.MultiAssignRef.Colno <= 1 { // the others are copies of the first
			w.expr(x.MultiAssignRef.Source)
		}
	case *pg.Node_WindowDef:
		w.window(x.WindowDef)
	case *pg.Node_GroupingSet:
		w.exprs(x.GroupingSet.Content)
	case *pg.Node_GroupingFunc:
		w.exprs(x.GroupingFunc.Args)
	case *pg.Node_XmlExpr:
		w.targets(x.XmlExpr.NamedArgs)
		w.exprs(x.XmlExpr.Args)
	case *pg.Node_XmlSerialize:
		w.expr(x.XmlSerialize.Expr)
		w.typeName(x.XmlSerialize.TypeName)
	default:
		w.jsonExpr(n)
	}
}

func (w *walker) operation(e *pg.A_Expr) {
	left, right := comparison(e)
	w.used(e.Lexpr, left)
	w.locate(e.Location)
	w.object(ObjectOperator, e.Name)
	if list := e.Rexpr.GetList(); list != nil {
		for _, n := range list.Items {
			w.used(n, right)
		}
		return
	}
	w.used(e.Rexpr, right)
}

// comparison says what becomes of the operands of column = value and column IN (values), either way round: a column has
// a type of its own, which the type of a value beside it does not change. A constant or a parameter has not.
func comparison(e *pg.A_Expr) (left, right Use) {
	if len(e.Name) != 1 || e.Kind != pg.A_Expr_Kind_AEXPR_OP && e.Kind != pg.A_Expr_Kind_AEXPR_IN {
		return Use{}, Use{}
	}
	if op := e.Name[0].GetString_().GetSval(); op != "=" && op != "<>" {
		return Use{}, Use{}
	}
	for _, n := range e.Rexpr.GetList().GetItems() {
		if n.GetTypeCast() == nil {
			return Use{}, Use{}
		}
	}
	return Use{Plain: e.Rexpr.GetColumnRef() != nil}, Use{Plain: e.Lexpr.GetColumnRef() != nil}
}

func (w *walker) subLink(s *pg.SubLink) {
	w.expr(s.Testexpr)
	w.locate(s.Location)
	w.object(ObjectOperator, s.OperName)
	w.query(s.Subselect)
}

func (w *walker) caseExpr(c *pg.CaseExpr) {
	w.expr(c.Arg)
	for _, n := range c.Args {
		when := n.GetCaseWhen()
		if when == nil {
			w.unsupported(n)
			continue
		}
		w.expr(when.Expr)
		w.expr(when.Result)
	}
	w.expr(c.Defresult)
}

func (w *walker) sortBy(s *pg.SortBy) {
	w.expr(s.Node)
	w.locate(s.Location)
	w.object(ObjectOperator, s.UseOp)
}

func (w *walker) window(d *pg.WindowDef) {
	if d == nil {
		return
	}
	w.locate(d.Location)
	w.exprs(d.PartitionClause)
	w.exprs(d.OrderClause)
	w.expr(d.StartOffset)
	w.expr(d.EndOffset)
}

func (w *walker) collate(c *pg.CollateClause) {
	w.expr(c.Arg)
	w.locate(c.Location)
	w.object(ObjectCollation, c.Collname)
}

// columnRef records what a column reference of two or more parts may mean besides a column: its last name may be a
// call, its first ones a schema and a database. A single name is always a column or a whole row.
func (w *walker) columnRef(c *pg.ColumnRef) {
	w.locate(c.Location)
	last := len(c.Fields) - 1
	if last < 0 {
		w.feature(FeatureUnsupported, "column without a name")
		return
	}
	field, named := c.Fields[last].GetNode().(*pg.Node_String_)
	if named && (field.String_.Sval == "xmin" || field.String_.Sval == "xmax") {
		w.st.NamesXID = true
	}
	if last == 0 {
		return
	}
	if named {
		w.st.Fields = append(w.st.Fields, Field{Name: field.String_.Sval, Offset: w.at})
	}
	if last >= 2 {
		w.st.Columns = append(w.st.Columns, Column{Name: w.name(c.Fields[:last]), Offset: w.at})
	}
}

// indirection walks (expression).field, (expression)[subscript] and chains of them.
func (w *walker) indirection(a *pg.A_Indirection) {
	w.expr(a.Arg)
	of := argOf(a.Arg)
	for _, n := range a.Indirection {
		switch x := n.GetNode().(type) {
		case *pg.Node_String_:
			w.st.Fields = append(w.st.Fields, Field{Name: x.String_.Sval, Offset: w.at, Of: of})
		case *pg.Node_AIndices:
			w.indices(x.AIndices)
		case *pg.Node_AStar:
		default:
			w.unsupported(n)
		}
		of = Arg{}
	}
}

func (w *walker) indices(a *pg.A_Indices) {
	w.expr(a.Lidx)
	w.expr(a.Uidx)
}
