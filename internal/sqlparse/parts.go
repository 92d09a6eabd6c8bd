package sqlparse

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
)

// PartKind says what a [Part] is.
type PartKind uint8

const (
	PartTable          PartKind = iota // CREATE TABLE of Table
	PartPartitioned                    // Table has partitions
	PartPartition                      // Table is one of Of
	PartInherits                       // Table inherits from Of, and is no partition
	PartColumn                         // Name of Table, which may be a composite type, with the type Of
	PartType                           // the composite or enumerated type Table
	PartDomain                         // the domain Table over the type Of
	PartDefault                        // the default of column Name of Table
	PartExpression                     // of Table, computed for its rows: CHECK, generated column, index, partition key
	PartNotValid                       // the CHECK Name of Table, NOT VALID
	PartSequence                       // the sequence of column Name of Table: serial, OWNED BY
	PartTrigger                        // Name on Table, which calls Of
	PartPolicy                         // Name on Table; Of is USING or WITH CHECK
	PartView                           // the view Table
	PartMaterialized                   // the materialized view Table
	PartRoutine                        // the function, procedure or aggregate Name
	PartOperator                       // the operator Name
	PartRange                          // the range type Name, with the multirange type Of
	PartCreateSequence                 // CREATE SEQUENCE of Table
	PartAlter                          // Name is one of the actions of an ALTER of Table; see the constants Action…
)

// Part is one part of what a DDL makes.
type Part struct {
	Kind            PartKind
	Table, Name, Of string
	Text            int // which of the texts
	Offset          int
	Uses            Uses
	Routine         Routine // of PartRoutine

	gone bool
}

// Routine is what a function is besides its name.
type Routine struct {
	Signature []string // types of arguments and results
	Resolved  bool     // the server has looked up what the code names when it made the function: BEGIN ATOMIC, RETURN
	Procedure bool     // or a trigger's function: no query calls it
	Inlined   bool     // in FROM: LANGUAGE sql, returns a set, neither volatile nor strict
	Reads     []Uses   // of each statement of the code that only reads
}

// Parts returns what is there when the statements of the texts have run in their order: what one of them drops again,
// or makes anew, is left out. PartAlter stands for each action of an ALTER TABLE. A text that [ParseDDL] has refused
// has no parts. Safe for concurrent use.
func Parts(texts ...string) []Part {
	p := parts{of: map[string][]int{}}
	for i, sql := range texts {
		tree, err := parseTree(sql)
		if err != nil {
			continue
		}
		p.text = i
		for _, raw := range tree.Stmts {
			p.at = text.FirstToken(sql, int(raw.StmtLocation))
			p.statement(raw.Stmt)
		}
	}
	return slices.DeleteFunc(p.all, func(a Part) bool { return a.gone })
}

// parts belongs to one call of Parts.
type parts struct {
	text, at int // where the statement is
	all      []Part
	of       map[string][]int // those of a table, as indexes of all
}

func (p *parts) add(kind PartKind, table, name, of string, location int32, nodes ...proto.Message) {
	part := Part{Kind: kind, Table: table, Name: name, Of: of, Text: p.text, Offset: p.at, Uses: usesOf(nodes...)}
	if location > 0 {
		part.Offset = int(location)
	}
	p.of[table] = append(p.of[table], len(p.all))
	p.all = append(p.all, part)
}

func (p *parts) statement(n *pg.Node) {
	switch x := n.GetNode().(type) {
	case *pg.Node_CreateStmt:
		p.table(x.CreateStmt)
	case *pg.Node_AlterTableStmt:
		p.alter(x.AlterTableStmt)
	case *pg.Node_IndexStmt:
		s := x.IndexStmt
		p.add(PartExpression, s.Relation.GetRelname(), s.Idxname, "", 0, s)
	case *pg.Node_ViewStmt:
		p.drop(x.ViewStmt.View.GetRelname(), func(a *Part) bool { return a.Kind == PartView })
		p.add(PartView, x.ViewStmt.View.GetRelname(), "", "", 0, x.ViewStmt.Query)
	case *pg.Node_CreateTableAsStmt:
		kind := PartTable
		if x.CreateTableAsStmt.Objtype == pg.ObjectType_OBJECT_MATVIEW {
			kind = PartMaterialized
		}
		p.add(kind, x.CreateTableAsStmt.Into.GetRel().GetRelname(), "", "", 0)
	case *pg.Node_CreateSeqStmt:
		p.add(PartCreateSequence, x.CreateSeqStmt.Sequence.GetRelname(), "", "", 0)
		p.owned(x.CreateSeqStmt.Options, ActionOwned)
	case *pg.Node_AlterSeqStmt:
		if s := x.AlterSeqStmt; !p.owned(s.Options, "") {
			p.add(PartAlter, s.Sequence.GetRelname(), ActionSequence, "", 0)
		}
	case *pg.Node_CreateTrigStmt:
		if s := x.CreateTrigStmt; s.Timing&triggerInstead == 0 {
			p.add(PartTrigger, s.Relation.GetRelname(), s.Trigname, lastName(s.Funcname), 0)
		}
	case *pg.Node_CreatePolicyStmt:
		s := x.CreatePolicyStmt
		p.policy(s.Table, s.PolicyName, s.Qual, s.WithCheck)
	case *pg.Node_AlterPolicyStmt:
		s := x.AlterPolicyStmt
		p.policy(s.Table, s.PolicyName, s.Qual, s.WithCheck)
	case *pg.Node_CreateFunctionStmt:
		p.routine(x.CreateFunctionStmt)
	case *pg.Node_DropStmt:
		p.dropped(x.DropStmt)
	case *pg.Node_RenameStmt:
		p.renamed(x.RenameStmt)
	default:
		p.makesType(n)
	}
}

// triggerInstead is TRIGGER_TYPE_INSTEAD of PostgreSQL's pg_trigger.h.
const triggerInstead = 1 << 6

func (p *parts) makesType(n *pg.Node) {
	switch x := n.GetNode().(type) {
	case *pg.Node_CreateEnumStmt:
		p.add(PartType, lastName(x.CreateEnumStmt.TypeName), "", "", 0)
	case *pg.Node_CompositeTypeStmt:
		p.add(PartType, x.CompositeTypeStmt.Typevar.GetRelname(), "", "", 0)
		for _, c := range x.CompositeTypeStmt.Coldeflist {
			p.column(x.CompositeTypeStmt.Typevar.GetRelname(), c.GetColumnDef())
		}
	case *pg.Node_CreateDomainStmt:
		s := x.CreateDomainStmt
		p.add(PartDomain, lastName(s.Domainname), "", lastName(s.TypeName.GetNames()), 0, s.TypeName)
		for _, c := range s.Constraints {
			p.add(PartExpression, lastName(s.Domainname), "", "", c.GetConstraint().GetLocation(), c)
		}
	case *pg.Node_CreateRangeStmt:
		name, multirange := lastName(x.CreateRangeStmt.TypeName), ""
		for _, o := range x.CreateRangeStmt.Params {
			if o.GetDefElem().GetDefname() == "multirange_type_name" {
				multirange = lastName(o.GetDefElem().Arg.GetTypeName().GetNames())
			}
		}
		p.add(PartRange, "", name, multirange, 0)
	case *pg.Node_DefineStmt:
		s := x.DefineStmt
		switch s.Kind {
		case pg.ObjectType_OBJECT_OPERATOR:
			p.add(PartOperator, "", lastName(s.Defnames), "", 0)
		case pg.ObjectType_OBJECT_AGGREGATE:
			p.add(PartRoutine, "", lastName(s.Defnames), "", 0)
			made := &p.all[len(p.all)-1]
			made.Routine.Resolved = true
			made.Uses.Functions = usesOf(s).Types // which is how the grammar reads the names of functions there
		}
	}
}

// owned notes whose column a sequence is of.
func (p *parts) owned(options []*pg.Node, how string) bool {
	for _, o := range options {
		list := o.GetDefElem().GetArg().GetList().GetItems()
		if o.GetDefElem().GetDefname() != "owned_by" || len(list) < 2 {
			continue
		}
		table := lastName(list[:len(list)-1])
		p.add(PartSequence, table, lastName(list), "OWNED BY", o.GetDefElem().Location)
		if how != "" {
			p.add(PartAlter, table, how, "", 0)
		}
		return true
	}
	return false
}

func (p *parts) policy(table *pg.RangeVar, name string, using, check *pg.Node) {
	for _, half := range []struct {
		of   string
		node *pg.Node
	}{{"USING", using}, {"WITH CHECK", check}} {
		if half.node == nil {
			continue
		}
		p.drop(table.GetRelname(), func(a *Part) bool {
			return a.Kind == PartPolicy && a.Table == table.GetRelname() && a.Name == name && a.Of == half.of
		})
		p.add(PartPolicy, table.GetRelname(), name, half.of, 0, half.node)
	}
}

func lastName(names []*pg.Node) string {
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1].GetString_().GetSval()
}

// action returns an action of ALTER TABLE in the words of its type: "SET STATISTICS" for AT_SetStatistics.
func action(t pg.AlterTableType) string {
	var b strings.Builder
	for i, r := range strings.TrimPrefix(t.String(), "AT_") {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
