package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// rowLock is the reach of a row locking clause (FOR UPDATE, FOR SHARE…): every item of the FROM clause, or those named
// behind OF. The zero value locks nothing.
type rowLock struct {
	all   bool
	names []string
}

func (l rowLock) covers(name string) bool {
	if l.all {
		return true
	}
	for _, n := range l.names {
		if n == name {
			return true
		}
	}
	return false
}

// rowLock reads the locking clauses of a query. The names behind OF are those of FROM items, not of relations.
func (w *walker) rowLock(clauses []*pg.Node, outer rowLock) rowLock {
	lock := outer
	for _, n := range clauses {
		c := n.GetLockingClause()
		if c == nil {
			w.unsupported(n)
			continue
		}
		if len(c.LockedRels) == 0 {
			lock.all = true
		}
		for _, r := range c.LockedRels {
			v := r.GetRangeVar()
			if v == nil || v.Schemaname != "" || v.Catalogname != "" {
				w.unsupported(r)
				continue
			}
			lock.names = append(lock.names[:len(lock.names):len(lock.names)], v.Relname)
		}
	}
	return lock
}

func (w *walker) fromList(list []*pg.Node, lock rowLock) {
	for _, n := range list {
		w.fromItem(n, lock)
	}
}

// fromItem walks one item of FROM, USING or MERGE … USING.
func (w *walker) fromItem(n *pg.Node, lock rowLock) {
	switch x := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		w.relation(x.RangeVar, accessUnder(lock, x.RangeVar))
	case *pg.Node_JoinExpr:
		w.fromItem(x.JoinExpr.Larg, lock)
		w.fromItem(x.JoinExpr.Rarg, lock)
		w.expr(x.JoinExpr.Quals)
	case *pg.Node_RangeSubselect:
		w.rangeSubselect(x.RangeSubselect, lock)
	case *pg.Node_RangeFunction:
		w.rangeFunction(x.RangeFunction)
	case *pg.Node_RangeTableFunc:
		w.xmlTable(x.RangeTableFunc)
	case *pg.Node_RangeTableSample:
		w.tableSample(x.RangeTableSample, lock)
	default:
		w.unsupported(n)
	}
}

func accessUnder(lock rowLock, v *pg.RangeVar) Access {
	name := v.Relname
	if v.Alias != nil {
		name = v.Alias.Aliasname
	}
	if lock.covers(name) {
		return AccessLock
	}
	return AccessRead
}

// relation records a relation unless a common table expression hides it. A target is never one: PostgreSQL looks
// targets up in the catalog only (setTargetTable).
func (w *walker) relation(v *pg.RangeVar, access Access) {
	if v == nil {
		w.feature(FeatureUnsupported, "missing relation")
		return
	}
	w.locate(v.Location)
	name := text.Name{Catalog: v.Catalogname, Schema: v.Schemaname, Name: v.Relname, Parts: 1}
	switch {
	case v.Catalogname != "":
		name.Parts = 3
	case v.Schemaname != "":
		name.Parts = 2
	case access != AccessWrite && w.scope.hides(v.Relname):
		return
	}
	w.st.Relations = append(w.st.Relations, Relation{Name: name, Access: access, Offset: w.at})
}

func (w *walker) rangeSubselect(r *pg.RangeSubselect, lock rowLock) {
	s := r.Subquery.GetSelectStmt()
	if s == nil {
		w.unsupported(r.Subquery)
		return
	}
	inner := rowLock{all: lock.all || r.Alias != nil && lock.covers(r.Alias.Aliasname)}
	w.selectStmt(s, inner)
}

// rangeFunction walks functions in FROM, ROWS FROM included. Each is a list of the call and its column definitions.
func (w *walker) rangeFunction(r *pg.RangeFunction) {
	for _, n := range r.Functions {
		items := n.GetList().GetItems()
		if len(items) != 2 {
			w.unsupported(n)
			continue
		}
		w.expr(items[0])
		w.columnDefinitions(items[1].GetList().GetItems())
		if items[1].GetNode() != nil && items[1].GetList() == nil {
			w.unsupported(items[1])
		}
	}
	w.columnDefinitions(r.Coldeflist)
}

// columnDefinitions walks AS t(a int, b text COLLATE "C"): each type in it is a cast.
func (w *walker) columnDefinitions(list []*pg.Node) {
	for _, n := range list {
		d := n.GetColumnDef()
		if d == nil || d.RawDefault != nil || d.CookedDefault != nil || d.IdentitySequence != nil ||
			len(d.Constraints) > 0 || len(d.Fdwoptions) > 0 {
			w.unsupported(n)
			continue
		}
		w.locate(d.Location)
		w.typeName(d.TypeName)
		if d.CollClause != nil {
			w.collate(d.CollClause)
		}
	}
}

func (w *walker) xmlTable(t *pg.RangeTableFunc) {
	w.locate(t.Location)
	w.expr(t.Docexpr)
	w.expr(t.Rowexpr)
	w.targets(t.Namespaces)
	for _, n := range t.Columns {
		c := n.GetRangeTableFuncCol()
		if c == nil {
			w.unsupported(n)
			continue
		}
		w.locate(c.Location)
		if !c.ForOrdinality {
			w.typeName(c.TypeName)
		}
		w.expr(c.Colexpr)
		w.expr(c.Coldefexpr)
	}
}

func (w *walker) tableSample(s *pg.RangeTableSample, lock rowLock) {
	w.fromItem(s.Relation, lock)
	w.locate(s.Location)
	w.st.Functions = append(w.st.Functions, Function{
		Name: w.name(s.Method), Offset: w.at, Args: len(s.Args), Sampling: true,
		First: Arg{Kind: ArgNone}, Second: Arg{Kind: ArgNone},
	})
	w.exprs(s.Args)
	w.expr(s.Repeatable)
}
