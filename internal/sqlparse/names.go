package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// name reads a name that the parser keeps as a list of strings.
func (w *walker) name(list []*pg.Node) text.Name {
	n := text.Name{Parts: len(list)}
	part := func(fromEnd int) string {
		if i := len(list) - fromEnd; i >= 0 {
			if s, ok := list[i].GetNode().(*pg.Node_String_); ok {
				return s.String_.Sval
			}
			w.unsupported(list[i])
		}
		return ""
	}
	n.Name, n.Schema, n.Catalog = part(1), part(2), part(3)
	return n
}

// object records an operator, collation or operator class. An unqualified operator is no fact: the search path alone
// decides what it means, and no operator of pg_catalog is a hazard that its operands' types are not already.
func (w *walker) object(kind ObjectKind, list []*pg.Node) {
	if len(list) == 0 || kind == ObjectOperator && len(list) == 1 {
		return
	}
	w.st.Objects = append(w.st.Objects, Object{Name: w.name(list), Kind: kind, Offset: w.at})
}

// typeName records a type and walks its modifiers.
func (w *walker) typeName(t *pg.TypeName) { w.typeOf(t, Use{}, Arg{}) }

func (w *walker) typeOf(t *pg.TypeName, u Use, value Arg) {
	if t == nil {
		w.feature(FeatureUnsupported, "missing type")
		return
	}
	w.locate(t.Location)
	if t.Setof || t.PctType || len(t.Names) == 0 {
		w.feature(FeatureUnsupported, "type with SETOF or %TYPE")
		return
	}
	w.st.Types = append(w.st.Types, Type{Name: w.name(t.Names), Offset: w.at, Use: u, Value: value})
	w.exprs(t.Typmods)
}

// used walks an expression of which something becomes at once.
func (w *walker) used(n *pg.Node, u Use) {
	switch x := n.GetNode().(type) {
	case *pg.Node_FuncCall:
		w.call(x.FuncCall, false, u)
	case *pg.Node_TypeCast:
		w.cast(x.TypeCast, u)
	default:
		w.expr(n)
	}
}

// cast walks a cast in any spelling.
func (w *walker) cast(c *pg.TypeCast, u Use) {
	w.used(c.Arg, Use{Plain: isPlain(c.TypeName)})
	value := argOf(c.Arg)
	if len(c.TypeName.GetArrayBounds()) > 0 {
		value = Arg{} // the type is that of the array's elements
	}
	w.typeOf(c.TypeName, u, value)
}

// isPlain reports whether a type is text, varchar or oid, which no schema on a search_path can hide.
func isPlain(t *pg.TypeName) bool {
	if len(t.GetArrayBounds()) > 0 || t.GetSetof() || t.GetPctType() {
		return false
	}
	switch n := (&walker{st: &Statement{}}).name(t.GetNames()); n.Name {
	case "text", "varchar", "oid":
		return n.Parts == 1 || n.Parts == 2 && n.Schema == "pg_catalog"
	}
	return false
}

// call walks a function call in any position.
func (w *walker) call(f *pg.FuncCall, called bool, u Use) {
	w.locate(f.Location)
	fn := Function{
		Name: w.name(f.Funcname), Offset: w.at, Args: len(f.Args), Labelled: f.FuncVariadic, Called: called, Use: u,
	}
	fn.First.Kind, fn.Second.Kind = ArgNone, ArgNone
	if len(f.Args) > 0 {
		fn.First = argOf(f.Args[0])
	}
	if len(f.Args) > 1 {
		fn.Second = argOf(f.Args[1])
	}
	for _, a := range f.Args {
		fn.Labelled = fn.Labelled || a.GetNamedArgExpr() != nil
	}
	w.st.Functions = append(w.st.Functions, fn)
	index := len(w.st.Functions)
	for i, a := range f.Args {
		if i == 0 {
			w.used(a, Use{Of: index})
			continue
		}
		w.expr(a)
	}
	w.exprs(f.AggOrder)
	w.expr(f.AggFilter)
	w.window(f.Over)
}

// argOf describes an expression. Only what is certain from the text gets a kind that a policy may trust.
func argOf(n *pg.Node) Arg {
	switch x := n.GetNode().(type) {
	case *pg.Node_AConst:
		return constant(x.AConst)
	case *pg.Node_ParamRef, *pg.Node_CollateClause, *pg.Node_SetToDefault:
		return Arg{Kind: ArgUntyped}
	case *pg.Node_TypeCast:
		return castArg(x.TypeCast)
	case *pg.Node_FuncCall:
		return callArg(x.FuncCall)
	}
	return Arg{Kind: ArgOther}
}

func constant(c *pg.A_Const) Arg {
	switch v := c.Val.(type) {
	case *pg.A_Const_Sval:
		return Arg{Kind: ArgString, Text: v.Sval.GetSval()}
	case *pg.A_Const_Ival, *pg.A_Const_Fval:
		return Arg{Kind: ArgNumber}
	case *pg.A_Const_Boolval, *pg.A_Const_Bsval:
		return Arg{Kind: ArgOther}
	}
	return Arg{Kind: ArgUntyped} // NULL
}

func callArg(f *pg.FuncCall) Arg {
	name := f.Funcname
	if len(name) == 2 && name[0].GetString_().GetSval() == "pg_catalog" {
		name = name[1:]
	}
	if len(name) != 1 {
		return Arg{Kind: ArgOther}
	}
	return Arg{Kind: ArgCall, Text: name[0].GetString_().GetSval()}
}

func castArg(c *pg.TypeCast) Arg {
	t := c.TypeName
	typ := (&walker{st: &Statement{}}).name(t.GetNames())
	if inner := c.Arg.GetAConst(); inner != nil && len(t.GetArrayBounds()) == 0 && len(t.GetTypmods()) == 0 {
		if a := constant(inner); a.Kind == ArgString {
			a.Type = typ
			return a
		}
	}
	return Arg{Kind: ArgCast, Type: typ, Text: beginning(c.Arg)}
}

// beginning returns the constant in front of a chain of ||, or "".
func beginning(n *pg.Node) string {
	for {
		e := n.GetAExpr()
		if e == nil || e.Kind != pg.A_Expr_Kind_AEXPR_OP || len(e.Name) != 1 || e.Name[0].GetString_().GetSval() != "||" {
			return ""
		}
		if c := e.Lexpr.GetAConst(); c != nil {
			return c.GetSval().GetSval()
		}
		n = e.Lexpr
	}
}
