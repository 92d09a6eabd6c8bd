package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

// query walks a statement that can stand inside another: the body of a common table expression, a subselect, what
// EXPLAIN and DECLARE are about.
func (w *walker) query(n *pg.Node) Kind {
	if n == nil {
		return KindOther
	}
	switch x := n.Node.(type) {
	case *pg.Node_SelectStmt:
		w.selectStmt(x.SelectStmt, rowLock{})
		return KindSelect
	case *pg.Node_InsertStmt:
		w.insertStmt(x.InsertStmt)
		return KindInsert
	case *pg.Node_UpdateStmt:
		w.updateStmt(x.UpdateStmt)
		return KindUpdate
	case *pg.Node_DeleteStmt:
		w.deleteStmt(x.DeleteStmt)
		return KindDelete
	case *pg.Node_MergeStmt:
		w.mergeStmt(x.MergeStmt)
		return KindMerge
	}
	w.unsupported(n)
	return KindOther
}

// selectStmt walks SELECT, VALUES, TABLE and set operations. outer is the row lock that an enclosing query puts on this
// one's tables: FOR UPDATE reaches into subselects of FROM.
func (w *walker) selectStmt(s *pg.SelectStmt, outer rowLock) {
	if s == nil {
		return
	}
	saved := w.scope
	w.with(s.WithClause)
	if s.IntoClause != nil {
		if table := s.IntoClause.Rel; table != nil {
			w.locate(table.Location)
		}
		w.feature(FeatureInto, "")
	}
	lock := w.rowLock(s.LockingClause, outer)
	w.selectStmt(s.Larg, outer)
	w.selectStmt(s.Rarg, outer)
	w.fromList(s.FromClause, lock)
	w.targets(s.TargetList)
	w.distinct(s.DistinctClause)
	w.exprs(s.ValuesLists)
	w.expr(s.WhereClause)
	w.exprs(s.GroupClause)
	w.expr(s.HavingClause)
	w.exprs(s.WindowClause)
	w.exprs(s.SortClause)
	w.expr(s.LimitOffset)
	w.expr(s.LimitCount)
	w.scope = saved
}

// distinct walks DISTINCT ON (…). Plain DISTINCT is a list of one absent node.
func (w *walker) distinct(list []*pg.Node) {
	if len(list) == 1 && list[0].GetNode() == nil {
		return
	}
	w.exprs(list)
}

func (w *walker) insertStmt(s *pg.InsertStmt) {
	saved := w.scope
	w.with(s.WithClause)
	w.relation(s.Relation, AccessWrite)
	w.targets(s.Cols)
	if s.SelectStmt != nil {
		w.query(s.SelectStmt)
	}
	if c := s.OnConflictClause; c != nil {
		w.infer(c.Infer)
		w.targets(c.TargetList)
		w.expr(c.WhereClause)
	}
	w.targets(s.ReturningList)
	w.scope = saved
}

// infer walks the conflict target of ON CONFLICT.
func (w *walker) infer(c *pg.InferClause) {
	if c == nil {
		return
	}
	w.locate(c.Location)
	for _, n := range c.IndexElems {
		e := n.GetIndexElem()
		if e == nil || len(e.Opclassopts) > 0 {
			w.unsupported(n)
			continue
		}
		w.expr(e.Expr)
		w.object(ObjectCollation, e.Collation)
		w.object(ObjectOperatorClass, e.Opclass)
	}
	w.expr(c.WhereClause)
}

func (w *walker) updateStmt(s *pg.UpdateStmt) {
	saved := w.scope
	w.with(s.WithClause)
	w.relation(s.Relation, AccessWrite)
	w.fromList(s.FromClause, rowLock{})
	w.targets(s.TargetList)
	w.expr(s.WhereClause)
	w.targets(s.ReturningList)
	w.scope = saved
}

func (w *walker) deleteStmt(s *pg.DeleteStmt) {
	saved := w.scope
	w.with(s.WithClause)
	w.relation(s.Relation, AccessWrite)
	w.fromList(s.UsingClause, rowLock{})
	w.expr(s.WhereClause)
	w.targets(s.ReturningList)
	w.scope = saved
}

func (w *walker) mergeStmt(s *pg.MergeStmt) {
	saved := w.scope
	w.with(s.WithClause)
	w.relation(s.Relation, AccessWrite)
	w.fromItem(s.SourceRelation, rowLock{})
	w.expr(s.JoinCondition)
	for _, n := range s.MergeWhenClauses {
		c := n.GetMergeWhenClause()
		if c == nil {
			w.unsupported(n)
			continue
		}
		w.expr(c.Condition)
		w.targets(c.TargetList)
		w.exprs(c.Values)
	}
	w.scope = saved
}

// targets walks a list of output or target columns. The indirection of a target column (SET tags[1], SET addr.city) is
// an assignment, so its names are fields and never calls; its subscripts are expressions.
func (w *walker) targets(list []*pg.Node) {
	for _, n := range list {
		t := n.GetResTarget()
		if t == nil {
			w.unsupported(n)
			continue
		}
		w.locate(t.Location)
		for _, i := range t.Indirection {
			switch x := i.GetNode().(type) {
			case *pg.Node_String_, *pg.Node_AStar:
			case *pg.Node_AIndices:
				w.indices(x.AIndices)
			default:
				w.unsupported(i)
			}
		}
		w.expr(t.Val)
	}
}
