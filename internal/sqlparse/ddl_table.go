package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

func (w *ddlWalker) createTable(s *pg.CreateStmt) {
	w.target(s.Relation)
	for _, n := range s.TableElts {
		w.tableElement(n)
	}
	for _, n := range s.InhRelations {
		w.relation(n.GetRangeVar(), AccessRead)
	}
	if s.OfTypename != nil {
		w.typeName(s.OfTypename)
	}
	w.constraints(s.Constraints)
	if p := s.Partspec; p != nil {
		w.partitionKey(p.PartParams)
	}
	w.partitionBound(s.Partbound)
	w.tablespace(s.Tablespacename)
}

func (w *ddlWalker) tableElement(n *pg.Node) {
	switch x := n.GetNode().(type) {
	case *pg.Node_ColumnDef:
		w.column(x.ColumnDef)
	case *pg.Node_Constraint:
		w.constraint(x.Constraint)
	case *pg.Node_TableLikeClause:
		w.relation(x.TableLikeClause.Relation, AccessRead)
	default:
		w.unsupported(n)
	}
}

// column walks a column of a table or of a composite type. In a partition or a typed table it has no type of its own.
func (w *ddlWalker) column(c *pg.ColumnDef) {
	w.locate(c.Location)
	if c.TypeName != nil {
		w.typeName(c.TypeName)
	}
	w.expr(c.RawDefault)
	if c.CollClause != nil {
		w.collate(c.CollClause)
	}
	w.constraints(c.Constraints)
	if len(c.Fdwoptions) > 0 {
		w.feature(FeatureUnsupported, "column options")
	}
}

func (w *ddlWalker) constraints(list []*pg.Node) {
	for _, n := range list {
		if c := n.GetConstraint(); c != nil {
			w.constraint(c)
			continue
		}
		w.unsupported(n)
	}
}

// constraint walks constraints of columns, tables and domains; defaults, generated and identity columns are some of
// them.
func (w *ddlWalker) constraint(c *pg.Constraint) {
	w.locate(c.Location)
	w.expr(c.RawExpr)
	w.expr(c.WhereClause)
	if c.Contype == pg.ConstrType_CONSTR_IDENTITY {
		w.sequenceOptions(c.Options)
	}
	if c.Pktable != nil {
		w.relation(c.Pktable, AccessRead)
	}
	for _, n := range c.Exclusions { // pairs of an element and its operator
		pair := n.GetList().GetItems()
		if len(pair) != 2 {
			w.unsupported(n)
			continue
		}
		w.indexElements(pair[:1])
		w.object(ObjectOperator, pair[1].GetList().GetItems())
	}
	w.tablespace(c.Indexspace)
}

func (w *ddlWalker) index(s *pg.IndexStmt) {
	w.concurrently(s.Concurrent)
	if s.Concurrent {
		w.def.Index = &ConcurrentIndex{Name: s.Idxname}
	}
	w.target(s.Relation)
	w.indexElements(s.IndexParams)
	w.expr(s.WhereClause)
	w.tablespace(s.TableSpace)
}

func (w *ddlWalker) indexElements(list []*pg.Node) {
	for _, n := range list {
		e := n.GetIndexElem()
		if e == nil {
			w.unsupported(n)
			continue
		}
		w.expr(e.Expr)
		w.object(ObjectCollation, e.Collation)
		w.object(ObjectOperatorClass, e.Opclass)
	}
}

func (w *ddlWalker) partitionKey(list []*pg.Node) {
	for _, n := range list {
		e := n.GetPartitionElem()
		if e == nil {
			w.unsupported(n)
			continue
		}
		w.locate(e.Location)
		w.expr(e.Expr)
		w.object(ObjectCollation, e.Collation)
		w.object(ObjectOperatorClass, e.Opclass)
	}
}

func (w *ddlWalker) partitionBound(b *pg.PartitionBoundSpec) {
	if b == nil {
		return
	}
	w.exprs(b.Listdatums)
	w.exprs(b.Lowerdatums)
	w.exprs(b.Upperdatums)
}

// createAs walks CREATE TABLE AS and CREATE MATERIALIZED VIEW.
func (w *ddlWalker) createAs(s *pg.CreateTableAsStmt) {
	w.target(s.Into.GetRel())
	w.tablespace(s.Into.GetTableSpaceName())
	w.query(s.Query) // EXECUTE is not one
}

func (w *ddlWalker) statistics(s *pg.CreateStatsStmt) {
	if len(s.Defnames) > 0 {
		w.made(s.Defnames, false)
	}
	for _, n := range s.Relations {
		w.relation(n.GetRangeVar(), AccessRead)
	}
	for _, n := range s.Exprs {
		w.expr(n.GetStatsElem().GetExpr())
	}
}
