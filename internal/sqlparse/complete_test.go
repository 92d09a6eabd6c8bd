package sqlparse

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/corpus"
)

const corpusFile = "../../testdata/guard/corpus.jsonl"

// tally counts what a statement names, by kind.
type tally struct{ Relations, Functions, Types, Fields, Objects int }

// TestWalkComplete compares the walk with one that knows nothing about grammar: reflection visits every message of the
// tree, so a position that the walk forgets shows as a difference.
func TestWalkComplete(t *testing.T) {
	compared := 0
	for _, v := range corpus.Load(t, corpusFile) {
		sql := v.SQL
		facts, err := Parse(sql, text.Limits{})
		if err != nil {
			continue
		}
		tree, err := pg.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		for i, raw := range tree.Stmts {
			st := &facts.Statements[i]
			if !wholeWalked(st) {
				continue
			}
			compared++
			blind := blindWalk{ctes: map[string]bool{}}
			blind.names(raw.ProtoReflect())
			blind.visit(raw.ProtoReflect())
			if diff := cmp.Diff(blind.tally, tallyOf(st, blind.ctes)); diff != "" {
				t.Errorf("%s\nfacts differ from the tree (-tree +facts):\n%s", sql, diff)
			}
		}
	}
	if compared < 700 {
		t.Errorf("only %d statements were compared", compared)
	}
}

func wholeWalked(st *Statement) bool {
	for _, f := range st.Features {
		if f.Kind == FeatureUnsupported || f.Kind == FeatureInto {
			return false
		}
	}
	return st.Kind >= KindSelect && st.Kind <= KindCall && st.Kind != KindTwoPhase && st.Kind != KindConstraints
}

// tallyOf counts facts. Names of common table expressions are left out on both sides: whether they hide is tested
// elsewhere. Calls that are syntax to the parser are no nodes of a call.
func tallyOf(st *Statement, ctes map[string]bool) tally {
	n := tally{Functions: len(st.Functions), Types: len(st.Types), Fields: len(st.Fields), Objects: len(st.Objects)}
	for _, f := range st.Functions {
		if f.Syntax {
			n.Functions--
		}
	}
	for _, r := range st.Relations {
		if r.Parts > 1 || !ctes[r.Name.Name] {
			n.Relations++
		}
	}
	return n
}

type blindWalk struct {
	tally
	ctes map[string]bool
}

// names collects the names of common table expressions.
func (b *blindWalk) names(m protoreflect.Message) {
	if c, ok := m.Interface().(*pg.CommonTableExpr); ok {
		b.ctes[c.Ctename] = true
	}
	children(m, b.names)
}

func (b *blindWalk) visit(m protoreflect.Message) {
	switch x := m.Interface().(type) {
	case *pg.LockingClause: // names FROM items, not relations
		return
	case *pg.MultiAssignRef: // copies of one source
		if x.Colno > 1 {
			return
		}
	case *pg.RangeVar:
		if x.Schemaname != "" || !b.ctes[x.Relname] {
			b.Relations++
		}
	case *pg.FuncCall, *pg.RangeTableSample:
		b.Functions++
	case *pg.TypeName:
		b.Types++
	case *pg.ColumnRef:
		if last := len(x.Fields) - 1; last > 0 && x.Fields[last].GetString_() != nil {
			b.Fields++
		}
	case *pg.A_Indirection:
		for _, n := range x.Indirection {
			if n.GetString_() != nil {
				b.Fields++
			}
		}
	case *pg.CollateClause:
		b.Objects++
	case *pg.IndexElem:
		b.Objects += min(len(x.Collation), 1) + min(len(x.Opclass), 1)
	case *pg.A_Expr:
		b.Objects += len(x.Name) / 2
	case *pg.SubLink:
		b.Objects += len(x.OperName) / 2
	case *pg.SortBy:
		b.Objects += len(x.UseOp) / 2
	}
	children(m, b.visit)
}

func children(m protoreflect.Message, visit func(protoreflect.Message)) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				visit(v.List().Get(i).Message())
			}
		default:
			visit(v.Message())
		}
		return true
	})
}
