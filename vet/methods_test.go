package vet

import (
	"go/types"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// harmless take a text that is SQL and do not send it.
var harmless = []string{
	"RewriteQuery", // of pgx.NamedArgs, see rewriter
}

// TestMethodsAreAll: whatever takes SQL in the packages is known, and each method has the form with a context that the
// hint names.
func TestMethodsAreAll(t *testing.T) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.LoadTypes, Context: t.Context()},
		standardPath, sqlxPath, "github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/pgxpool",
		"github.com/jackc/pgx/v5/pgconn")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, p := range loaded {
		for fn, siblings := range functions(p.Types) {
			m, of, ok := databaseMethod(fn)
			if takesSQL(fn) && !ok && !slices.Contains(harmless, fn.Name()) {
				t.Errorf("%s takes SQL and is not known", fn.FullName())
			}
			if !ok {
				continue
			}
			found[fn.Name()] = true
			if i := sqlParameter(fn.Signature()); i >= 0 && fn.Signature().Params().At(i).Name() != "" && !takesSQL(fn) {
				t.Errorf("%s: its parameter %s is taken for SQL", fn.FullName(), fn.Signature().Params().At(i).Name())
			}
			checkSibling(t, fn, m, of, siblings)
		}
	}
	for name := range methods {
		if !found[name] {
			t.Errorf("no package has %s", name)
		}
	}
}

// checkSibling: of the functions of a package, or of the methods of a type, there is the one that the hint names.
func checkSibling(t *testing.T, fn *types.Func, m method, of family, siblings map[string]*types.Func) {
	if m.with == "" || of == pgxFamily || takesContext(fn) {
		return
	}
	hint := new(pass).contextForm(call{method: m, fn: fn})
	with := siblings[m.with]
	if inner, ok := strings.CutPrefix(hint, "sqlx."); ok {
		with, _ = fn.Pkg().Scope().Lookup(inner).(*types.Func)
	}
	receiver := fn.Signature().Recv()
	switch {
	case with != nil && takesContext(with):
	case with == nil && hint == m.with+" of a handle that has it" && types.IsInterface(receiver.Type()): // sqlx.Execer
	default:
		t.Errorf("%s has no form with a context: %s", fn.FullName(), hint)
	}
}

func takesSQL(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		if (v.Name() == "query" || v.Name() == "sql") && types.Identical(v.Type(), types.Typ[types.String]) {
			return true
		}
	}
	return false
}

// functions yields what a package exports, each with those beside it.
func functions(p *types.Package) map[*types.Func]map[string]*types.Func {
	all := map[*types.Func]map[string]*types.Func{}
	top := map[string]*types.Func{}
	for _, name := range p.Scope().Names() {
		switch o := p.Scope().Lookup(name).(type) {
		case *types.Func:
			if o.Exported() {
				all[o], top[name] = top, o
			}
		case *types.TypeName:
			if !o.Exported() {
				continue
			}
			set := map[string]*types.Func{}
			for selection := range types.NewMethodSet(pointer(o.Type())).Methods() {
				if fn, ok := selection.Obj().(*types.Func); ok && fn.Exported() {
					all[fn], set[fn.Name()] = set, fn
				}
			}
		}
	}
	return all
}

func pointer(t types.Type) types.Type {
	if types.IsInterface(t) {
		return t
	}
	return types.NewPointer(t)
}
