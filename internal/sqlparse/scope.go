package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

// scope is one visible name of a common table expression. Scopes form a list from the innermost name outwards, shared
// between the places that see the same tail of it: entering a query costs nothing, leaving it is restoring the pointer.
type scope struct {
	name  string
	outer *scope
}

// hides reports whether an unqualified relation name means a common table expression here.
func (s *scope) hides(name string) bool {
	for ; s != nil; s = s.outer {
		if s.name == name {
			return true
		}
	}
	return false
}

// with walks a WITH clause and leaves its names in scope; the caller restores w.scope when the statement ends. As in
// PostgreSQL (transformWithClause), a body sees the names before it; with RECURSIVE all names of the clause, its own
// included.
func (w *walker) with(clause *pg.WithClause) {
	if clause == nil {
		return
	}
	if clause.Recursive {
		for _, n := range clause.Ctes {
			if cte := n.GetCommonTableExpr(); cte != nil {
				w.scope = &scope{cte.Ctename, w.scope}
			}
		}
	}
	for _, n := range clause.Ctes {
		cte := n.GetCommonTableExpr()
		if cte == nil {
			w.unsupported(n)
			continue
		}
		w.commonTable(cte)
		if !clause.Recursive {
			w.scope = &scope{cte.Ctename, w.scope}
		}
	}
}

func (w *walker) commonTable(cte *pg.CommonTableExpr) {
	w.locate(cte.Location)
	w.query(cte.Ctequery)
	if c := cte.CycleClause; c != nil {
		w.expr(c.CycleMarkValue)
		w.expr(c.CycleMarkDefault)
	}
}
