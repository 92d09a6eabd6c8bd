package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

func (w *ddlWalker) function(s *pg.CreateFunctionStmt) {
	w.made(s.Funcname, true)
	w.def.Callable = true
	w.functionParameters(s.Parameters)
	if s.ReturnType != nil {
		w.signature(s.ReturnType)
	}
	w.functionOptions(s.Options)
	w.sqlBody(s.SqlBody)
}

func (w *ddlWalker) functionParameters(list []*pg.Node) {
	for _, n := range list {
		p := n.GetFunctionParameter()
		if p == nil {
			w.unsupported(n)
			continue
		}
		w.signature(p.ArgType)
		w.expr(p.Defexpr)
	}
}

// signature records the type of an argument or a result. table.column%TYPE names a table.
func (w *ddlWalker) signature(t *pg.TypeName) {
	w.locate(t.GetLocation())
	if t.GetPctType() {
		w.member(t.Names)
		return
	}
	w.def.Signature = append(w.def.Signature, Type{Name: w.name(t.GetNames()), Offset: w.at})
	w.exprs(t.GetTypmods())
}

// functionOptions walks what CREATE and ALTER FUNCTION share. Costs, volatility and the like name nothing.
func (w *ddlWalker) functionOptions(list []*pg.Node) {
	language, code := "sql", (*pg.DefElem)(nil)
	w.defElems(list, func(o *pg.DefElem) {
		switch o.Defname {
		case "language":
			language = text.Fold(o.Arg.GetString_().GetSval())
			if language != "sql" && language != "plpgsql" {
				w.feature(FeatureLanguage, language)
			}
		case "as":
			code = o
		case "security":
			if o.Arg.GetBoolean().GetBoolval() {
				w.feature(FeatureDefiner, "")
			}
		case "set":
			if s := o.Arg.GetVariableSetStmt(); s.GetKind() != pg.VariableSetKind_VAR_RESET &&
				s.GetKind() != pg.VariableSetKind_VAR_RESET_ALL {
				w.setting(s.GetName(), true)
			}
		case "support":
			w.feature(FeatureUnsupported, "support function")
		case "transform":
			w.feature(FeatureUnsupported, "transform")
		}
	})
	if code != nil {
		w.body(language, code)
	}
}

// sqlBody walks BEGIN ATOMIC … END and RETURN, which the server resolves when it makes the function.
func (w *ddlWalker) sqlBody(n *pg.Node) {
	switch x := n.GetNode().(type) {
	case nil:
	case *pg.Node_List:
		for _, n := range x.List.Items {
			w.sqlBody(n)
		}
	case *pg.Node_ReturnStmt:
		w.expr(x.ReturnStmt.Returnval)
	default:
		w.query(n)
	}
}

// body reads the code of a function in a string.
func (w *ddlWalker) body(language string, as *pg.DefElem) {
	list := as.Arg.GetList().GetItems()
	if len(list) != 1 || list[0].GetString_() == nil { // a file and a symbol
		w.feature(FeatureLanguage, "c")
		return
	}
	code := list[0].GetString_().Sval
	b := &Body{Code: code}
	b.offset, b.exact = text.BodyOffset(w.d.sql, int(as.Location), code)
	var err error
	switch language {
	case "sql":
		b.Statements, err = parseBody(code, w.d.limits)
	case "plpgsql":
		b.Words, err = text.WordsOf(code)
	default:
		return
	}
	switch e := err.(type) {
	case nil:
		w.def.Body = b
	case *SyntaxError:
		e.Offset = b.Offset(e.Offset)
		w.d.errs = append(w.d.errs, e)
	case *text.LimitError:
		e.Offset = b.Offset(e.Offset)
		w.d.errs = append(w.d.errs, e)
	}
}

func parseBody(code string, limits text.Limits) ([]Statement, error) {
	if err := text.CheckLimits(code, limits); err != nil {
		return nil, err
	}
	tree, err := parseTree(code)
	if err != nil {
		return nil, syntaxError(code, err)
	}
	statements := make([]Statement, len(tree.Stmts))
	for i, raw := range tree.Stmts {
		walkStatement(&statements[i], code, raw)
		statements[i].Offset = text.FirstToken(code, int(raw.StmtLocation))
	}
	return statements, nil
}
