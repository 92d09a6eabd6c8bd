package oracle

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/docex/docex/internal/testkit/corpus"
)

// statement is one of the corpus or of the guard's own tests. Those of the latter have no class.
type statement struct {
	id, class string
	sql       string
	args      [][]byte
	denied    bool // what the corpus expects of the guard
}

// allowed returns every statement of the corpus and of the guard's own tests that the guard allows under the policy,
// apart from those that need a newer server.
func allowed(t *testing.T, major int) []statement {
	t.Helper()
	g := newGuard(t)
	var all []statement
	for _, st := range append(corpusOf(t, major), ownTests(t)...) {
		if g.Check(tenant, st.sql) == nil {
			all = append(all, st)
		}
	}
	if len(all) < 200 {
		t.Fatalf("the guard allows %d statements, want at least 200", len(all))
	}
	return all
}

func corpusOf(t *testing.T, major int) []statement {
	t.Helper()
	var all []statement
	for _, v := range corpus.Load(t, "../../../testdata/guard/corpus.jsonl") {
		if v.MinPG > major {
			continue
		}
		st := statement{id: v.ID, class: v.Class, sql: v.SQL, denied: v.Expect == "deny"}
		for _, arg := range v.Args {
			st.args = append(st.args, text(t, arg))
		}
		all = append(all, st)
	}
	return all
}

// text is how an argument goes to the server; nil is NULL.
func text(t *testing.T, arg any) []byte {
	switch v := arg.(type) {
	case nil:
		return nil
	case string:
		return []byte(v)
	case float64:
		return strconv.AppendFloat(nil, v, 'f', -1, 64)
	}
	b, err := json.Marshal(arg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ownTests collects the statements in the columns of allow(…) and deny(…) lines of package guard's tests. What a policy
// that is not ours allows there is no matter: the guard is asked again.
func ownTests(t *testing.T) []statement {
	t.Helper()
	files, err := filepath.Glob("../../../guard/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []statement
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sql, ok := verdictLine(n); ok {
				position := set.Position(n.Pos())
				all = append(all, statement{id: filepath.Base(name) + ":" + strconv.Itoa(position.Line), sql: sql})
			}
			return true
		})
	}
	if len(all) < 300 {
		t.Fatalf("the guard's tests hold %d statements, want at least 300", len(all))
	}
	return all
}

// verdictLine returns the statement of v.allow(`…`) or v.deny(`…`).
func verdictLine(n ast.Node) (sql string, ok bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall || len(call.Args) != 1 {
		return "", false
	}
	method, isMethod := call.Fun.(*ast.SelectorExpr)
	if !isMethod || method.Sel.Name != "allow" && method.Sel.Name != "deny" {
		return "", false
	}
	return literal(call.Args[0])
}

// literal returns what a string is, or several that are joined.
func literal(e ast.Expr) (s string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, too := literal(e.Y)
		return left + right, ok && too
	}
	return "", false
}
