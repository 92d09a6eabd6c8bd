package sqlparse

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Uses are the names in an expression, a query or a function's code that have no schema in front. Of code in plpgsql
// they are those that its words tell.
type Uses struct {
	Functions, Operators, Types, Relations []string
	Settings                               []string // that current_setting is called with, in lower case
	Texts                                  []string // string constants
	Subquery                               bool

	read []string // of Relations, in code of plpgsql
}

func usesOf(nodes ...proto.Message) Uses {
	var u Uses
	for _, n := range nodes {
		if m := n.ProtoReflect(); m.IsValid() {
			u.visit(m)
		}
	}
	return u
}

// visit knows nothing of grammar: a name counts wherever it stands.
func (u *Uses) visit(m protoreflect.Message) {
	switch x := m.Interface().(type) {
	case *pg.FuncCall:
		name := lastName(x.Funcname)
		if len(x.Funcname) == 1 {
			u.Functions = append(u.Functions, name)
		}
		if name == "current_setting" && len(x.Args) > 0 {
			if s := x.Args[0].GetAConst().GetSval(); s != nil {
				u.Settings = append(u.Settings, text.Fold(s.Sval))
			}
		}
	case *pg.A_Const:
		if s := x.GetSval(); s != nil {
			u.Texts = append(u.Texts, s.Sval)
		}
	case *pg.TypeName:
		if len(x.Names) == 1 {
			u.Types = append(u.Types, lastName(x.Names))
		}
	case *pg.A_Expr:
		u.Operators = append(u.Operators, lastName(x.Name))
	case *pg.SubLink:
		u.Subquery = true
	case *pg.RangeVar:
		if x.Schemaname == "" {
			u.Relations = append(u.Relations, x.Relname)
		}
	case *pg.Constraint:
		for _, n := range x.Exclusions {
			if pair := n.GetList().GetItems(); len(pair) == 2 {
				u.Operators = append(u.Operators, lastName(pair[1].GetList().GetItems()))
			}
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				u.visit(v.List().Get(i).Message())
			}
		default:
			u.visit(v.Message())
		}
		return true
	})
}

// routine reads a function or procedure.
func (p *parts) routine(s *pg.CreateFunctionStmt) {
	p.add(PartRoutine, "", lastName(s.Funcname), "", 0)
	made := &p.all[len(p.all)-1]
	r, o := &made.Routine, optionsOf(s.Options)
	r.Signature = signatureOf(s)
	r.Procedure = s.IsProcedure || lastName(s.ReturnType.GetNames()) == "trigger"
	r.Inlined = o.language == "sql" && !o.volatile && !o.strict &&
		(s.ReturnType.GetSetof() || slices.ContainsFunc(s.Parameters, isTableColumn))
	switch {
	case s.SqlBody != nil:
		r.Resolved = true
		made.code(s.SqlBody, true)
	case o.language == "sql":
		if tree, err := parseTree(o.code); err == nil {
			for _, raw := range tree.Stmts {
				made.code(raw.Stmt, raw.Stmt.GetSelectStmt() != nil)
			}
		}
	case o.language == "plpgsql":
		made.words(o.code)
	}
}

func signatureOf(s *pg.CreateFunctionStmt) (types []string) {
	add := func(t *pg.TypeName) {
		if t != nil && !t.PctType && len(t.Names) == 1 {
			types = append(types, lastName(t.Names))
		}
	}
	for _, n := range s.Parameters {
		add(n.GetFunctionParameter().GetArgType())
	}
	add(s.ReturnType)
	return types
}

func isTableColumn(n *pg.Node) bool {
	return n.GetFunctionParameter().GetMode() == pg.FunctionParameterMode_FUNC_PARAM_TABLE
}

// options of CREATE FUNCTION.
type options struct {
	language, code   string
	volatile, strict bool
}

func optionsOf(list []*pg.Node) options {
	o := options{language: "sql", volatile: true}
	for _, n := range list {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "language":
			o.language = text.Fold(d.Arg.GetString_().GetSval())
		case "as":
			if l := d.Arg.GetList().GetItems(); len(l) == 1 {
				o.code = l[0].GetString_().GetSval()
			}
		case "volatility":
			o.volatile = d.Arg.GetString_().GetSval() == "volatile"
		case "strict":
			o.strict = d.Arg.GetBoolean().GetBoolval()
		}
	}
	return o
}

// code adds what a statement of LANGUAGE sql names.
func (a *Part) code(statement *pg.Node, reads bool) {
	u := usesOf(statement)
	if reads {
		a.Routine.Reads = append(a.Routine.Reads, u)
	}
	a.Uses.add(u)
}

func (u *Uses) add(v Uses) {
	u.Functions = append(u.Functions, v.Functions...)
	u.Operators = append(u.Operators, v.Operators...)
	u.Types = append(u.Types, v.Types...)
	u.Relations = append(u.Relations, v.Relations...)
	u.Settings = append(u.Settings, v.Settings...)
	u.Subquery = u.Subquery || v.Subquery
}

// tableWords stand in front of the name of a table; those of readWords where it is read.
var readWords, tableWords = text.WordSet("from join"), text.WordSet("from join into update only using table")

// words adds what the words of plpgsql code tell.
func (a *Part) words(code string) {
	tokens, _ := text.Tokens(code)
	at := func(i int) string {
		if i < 0 || i >= len(tokens) {
			return ""
		}
		return strings.ToLower(code[tokens[i].Start:tokens[i].End])
	}
	var u Uses // of one statement
	for i, t := range tokens {
		switch name, before := strings.Trim(at(i), `"`), at(i-1); {
		case t.Kind == text.TokenSemi:
			a.Routine.Reads = append(a.Routine.Reads, Uses{Settings: u.Settings, Relations: u.read})
			a.Uses.add(u)
			u = Uses{}
		case t.Kind != text.TokenWord && t.Kind != text.TokenQuoted:
		case name == "current_setting" && at(i+1) == "(":
			u.Settings = append(u.Settings, strings.Trim(at(i+2), "'"))
		case readWords[before]:
			u.read = append(u.read, name)
			fallthrough
		case tableWords[before], at(i+1) == "%":
			u.Relations = append(u.Relations, name)
		case at(i+1) == "(" && before != ".":
			u.Functions = append(u.Functions, name)
		case before == "::", at(i-2) == ";", at(i-2) == "declare":
			u.Types = append(u.Types, name)
		}
	}
	a.Uses.add(u)
}
