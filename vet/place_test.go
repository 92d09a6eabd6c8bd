package vet

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
)

// TestPlace: a byte of a constant is found where the program writes it: each case marks with « where the X of its value
// is.
func TestPlace(t *testing.T) {
	for _, c := range []string{
		`"«X"`, `"ab«X"`, `"é«X"`, `"\n\t\"«X"`, `"\xe9\303\u00e9\U0001F600«X"`, `"世\x00«X"`,
		"`«X`", "`a\n\tb \\n \"«X`", "`a\r\nb\r\nc«X`", "`é世«X`",
		`("a" + "b" + ("é«X" + "c"))`, "`a\r\n` + \"b\" + `\r\n«X`", `one + "«X"`, `one + «two + "c"`, `string("a«X")`,
		`string(rune(«88))`, `"a" + string(«'X')`,
		`"é«\x58"`, `"\\«\u0058"`,
	} {
		source := strings.ReplaceAll(c, "«", "")
		text := fmt.Sprintf("package p\nconst one, two = \"1\", \"2X\"\nvar v string = %s\n", source)
		want := strings.Index(text, source) + strings.Index(c, "«")
		p, init := typed(t, text)
		value, ok := p.flow.text(init)
		if !ok {
			t.Fatalf("%s is no constant", c)
		}
		pos, _ := p.place(init, strings.IndexByte(value, 'X'))
		if got := p.Fset.Position(pos).Offset; got != want {
			t.Errorf("%s: at %d, want %d: %s", strconv.Quote(c), got, want, strconv.Quote(text[got:]))
		}
	}
}

// typed returns the pass for a file and what its variable v is initialised with.
func typed(t *testing.T, text string) (*pass, ast.Expr) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
	}
	if _, err := (&types.Config{}).Check("p", fset, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	read := func(string) ([]byte, error) { return []byte(text), nil }
	p := &pass{Pass: &analysis.Pass{Fset: fset, TypesInfo: info, ReadFile: read}, flow: newFlow(info, []*ast.File{file})}
	for name, o := range info.Defs {
		if name.Name == "v" {
			return p, p.flow.values[o][0].expr
		}
	}
	t.Fatal("no v")
	return nil, nil
}
