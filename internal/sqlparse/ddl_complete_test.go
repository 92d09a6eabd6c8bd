package sqlparse

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestDefinitionsComplete: a name anywhere in the tree of a definition is among its facts.
func TestDefinitionsComplete(t *testing.T) {
	content, err := os.ReadFile("../../testdata/ddl/allowed.sql")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, sql := range strings.Split(string(content), "\n\n") {
		compared += checkDefinitions(t, sql)
	}
	if compared < 60 {
		t.Errorf("only %d definitions were compared", compared)
	}
}

// checkDefinitions compares the facts with a walk that knows nothing about grammar, and returns how many definitions
// there are. The limits that keep the parser alive must hold for them as for queries.
func checkDefinitions(t *testing.T, sql string) (compared int) {
	t.Helper()
	checkEstimate(t, sql)
	defs, _ := ParseDDL(sql, text.Limits{})
	tree, err := parseTree(sql)
	if err != nil || len(defs) != len(tree.Stmts) {
		return 0 // what stands around a mistake may be read as more or fewer
	}
	for i, raw := range tree.Stmts {
		def := &defs[i]
		checkOffsets(t, sql, &def.Statement)
		refused := slices.ContainsFunc(def.Features, func(f Feature) bool {
			return f.Kind == FeatureUnsupported || f.Kind == FeatureInto || f.Kind == FeatureLanguage
		})
		if def.Kind != KindDefinition || refused {
			continue
		}
		compared++
		b := blindNames{known: namesOf(def), ctes: blindWalk{ctes: map[string]bool{}}}
		b.ctes.names(raw.ProtoReflect())
		b.visit(raw.ProtoReflect())
		for _, name := range b.missing {
			t.Errorf("%.1000s\nthe facts lack %s", sql, name)
		}
	}
	return compared
}

func namesOf(def *Definition) map[string]bool {
	known := map[string]bool{}
	for _, r := range def.Relations {
		known["relation "+r.String()] = true
		known["member "+r.String()] = true
	}
	for _, f := range def.Functions {
		known["function "+f.String()] = true
		known["name "+f.String()] = true
	}
	for _, x := range slices.Concat(def.Types, def.Signature) {
		known["type "+x.String()] = true
	}
	for _, o := range def.Objects {
		known["type "+o.String()] = true
		known["name "+o.String()] = true
	}
	for _, c := range def.Columns {
		known["member "+c.String()] = true
	}
	return known
}

type blindNames struct {
	known   map[string]bool
	ctes    blindWalk
	missing []string
}

func (b *blindNames) want(names ...string) {
	if !slices.ContainsFunc(names, func(n string) bool { return b.known[n] }) {
		b.missing = append(b.missing, strings.Join(names, " or "))
	}
}

func (b *blindNames) visit(m protoreflect.Message) {
	switch x := m.Interface().(type) {
	case *pg.LockingClause:
		return
	case *pg.DefElem: // a storage parameter's value can look like a type: autosummarize = off
		if len(x.Arg.GetTypeName().GetNames()) == 1 {
			return
		}
	case *pg.ColumnRef:
		if len(x.Fields) < 3 {
			return
		}
	case *pg.RangeVar:
		if x.Schemaname != "" || !b.ctes.ctes[x.Relname] {
			b.want("relation " + text.Name{Catalog: x.Catalogname, Schema: x.Schemaname, Name: x.Relname}.String())
		}
	case *pg.TypeName:
		if !x.PctType && dotted(x.Names) != "" {
			b.want("type " + dotted(x.Names))
		}
	case *pg.FuncCall:
		b.want("function " + dotted(x.Funcname))
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.IsList() && f.Message() != nil && !columnLists[f.TextName()] {
			b.list(v.List())
		}
		return true
	})
	children(m, b.visit)
}

// columnLists are lists of strings that are no qualified names.
var columnLists = map[string]bool{
	"keys": true, "including": true, "fk_attrs": true, "pk_attrs": true, "fk_del_set_cols": true, "columns": true,
	"aliases": true, "aliascolnames": true,
	"colnames": true, "col_names": true, "vals": true, "args": true, "stat_types": true, "using_clause": true,
	"search_col_list": true, "cycle_col_list": true, "tokentype": true,
}

// list looks at a list of two or more strings: a name with a schema, or something of a relation.
func (b *blindNames) list(l protoreflect.List) {
	var nodes []*pg.Node
	for i := range l.Len() {
		if n, ok := l.Get(i).Message().Interface().(*pg.Node); ok && n.GetString_() != nil {
			nodes = append(nodes, n)
		}
	}
	if len(nodes) < 2 || len(nodes) != l.Len() {
		return
	}
	if last := len(nodes) - 1; last < 3 {
		b.want("name "+dotted(nodes), "type "+dotted(nodes), "relation "+dotted(nodes), "member "+dotted(nodes[:last]))
	}
}

func dotted(names []*pg.Node) string {
	var parts []string
	for _, n := range names {
		parts = append(parts, n.GetString_().GetSval())
	}
	return strings.Join(parts, ".")
}
