package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// jsonExpr walks the SQL/JSON constructors and predicate of PostgreSQL 16; it is the last resort of expr.
func (w *walker) jsonExpr(n *pg.Node) {
	switch x := n.Node.(type) {
	case *pg.Node_JsonObjectConstructor:
		w.exprs(x.JsonObjectConstructor.Exprs)
		w.jsonOutput(x.JsonObjectConstructor.Output)
	case *pg.Node_JsonArrayConstructor:
		w.exprs(x.JsonArrayConstructor.Exprs)
		w.jsonOutput(x.JsonArrayConstructor.Output)
		if x.JsonArrayConstructor.AbsentOnNull && x.JsonArrayConstructor.Output == nil {
			w.syntaxCall("json_array", len(x.JsonArrayConstructor.Exprs), x.JsonArrayConstructor.Location)
		}
	case *pg.Node_JsonArrayQueryConstructor:
		w.query(x.JsonArrayQueryConstructor.Query)
		w.jsonOutput(x.JsonArrayQueryConstructor.Output)
	case *pg.Node_JsonObjectAgg:
		w.jsonKeyValue(x.JsonObjectAgg.Arg)
		w.jsonAggregate(x.JsonObjectAgg.Constructor)
	case *pg.Node_JsonArrayAgg:
		w.jsonValue(x.JsonArrayAgg.Arg)
		w.jsonAggregate(x.JsonArrayAgg.Constructor)
		if x.JsonArrayAgg.AbsentOnNull && x.JsonArrayAgg.GetConstructor().GetOutput() == nil {
			w.syntaxCall("json_arrayagg", 1, x.JsonArrayAgg.GetConstructor().GetLocation())
		}
	case *pg.Node_JsonKeyValue:
		w.jsonKeyValue(x.JsonKeyValue)
	case *pg.Node_JsonValueExpr:
		w.jsonValue(x.JsonValueExpr)
	case *pg.Node_JsonIsPredicate:
		w.expr(x.JsonIsPredicate.Expr)
	default:
		w.unsupported(n)
	}
}

func (w *walker) jsonKeyValue(kv *pg.JsonKeyValue) {
	if kv == nil {
		return
	}
	w.expr(kv.Key)
	w.jsonValue(kv.Value)
}

func (w *walker) jsonValue(v *pg.JsonValueExpr) {
	if v == nil {
		return
	}
	w.expr(v.RawExpr)
	w.expr(v.FormattedExpr)
}

func (w *walker) jsonOutput(o *pg.JsonOutput) {
	if o != nil {
		w.typeName(o.TypeName)
	}
}

func (w *walker) jsonAggregate(c *pg.JsonAggConstructor) {
	if c == nil {
		return
	}
	w.jsonOutput(c.Output)
	w.expr(c.AggFilter)
	w.exprs(c.AggOrder)
	w.window(c.Over)
}

// syntaxCall notes what is a call for PostgreSQL 15, or may be one. The other forms have words in them that 15 refuses:
// RETURNING, NULL ON NULL. ABSENT ON NULL and FORMAT JSON are such words, too, but ABSENT leaves no trace in the tree.
func (w *walker) syntaxCall(name string, args int, location int32) {
	w.locate(location)
	w.st.Functions = append(w.st.Functions, Function{
		Name: text.Name{Name: name, Parts: 1}, Offset: w.at, Args: args, Syntax: true,
		First: Arg{Kind: ArgOther}, Second: Arg{Kind: ArgOther},
	})
}
