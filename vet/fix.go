package vet

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"

	"golang.org/x/tools/go/analysis"
)

func edit(n ast.Node, text string) analysis.TextEdit {
	return analysis.TextEdit{Pos: n.Pos(), End: n.End(), NewText: []byte(text)}
}

func insert(at token.Pos, text string) analysis.TextEdit {
	return analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)}
}

// driverNameEdits replaces a driver's name that stands there as a literal. The docex driver becomes an import, since
// it registers itself.
func (p *pass) driverNameEdits(name ast.Expr) []analysis.TextEdit {
	lit, ok := ast.Unparen(name).(*ast.BasicLit)
	if !ok {
		return nil // its declaration may serve other calls
	}
	local := p.imported(lit.Pos(), docexPath)
	if local != "" && local != "_" && p.means(local, lit.Pos(), docexPath) {
		return []analysis.TextEdit{edit(lit, local+".Name")}
	}
	edits := []analysis.TextEdit{edit(lit, strconv.Quote(docexDriver))}
	if local == "" {
		edits = append(edits, p.importEdit(lit.Pos(), "_ "+strconv.Quote(docexPath)))
	}
	return edits
}

// contextEdits turns a method call into its form with a context, where one is in scope and the method has the form.
func (p *pass) contextEdits(c call) []analysis.TextEdit {
	s, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	selection := p.TypesInfo.Selections[s]
	if !ok || selection == nil || selection.Kind() != types.MethodVal {
		return nil
	}
	form, _, _ := types.LookupFieldOrMethod(selection.Recv(), true, p.Pkg, c.with)
	fn, ok := form.(*types.Func)
	ctx := p.contextAt(c.Pos())
	if !ok || ctx == "" {
		return nil
	}
	args := ctx
	switch more := fixedParameters(fn.Signature()) - fixedParameters(c.fn.Signature()); {
	case more == 2: // BeginTx, for Begin
		args += ", nil"
	case more != 1:
		return nil
	case len(c.Args) > 0:
		args += ", "
	}
	return []analysis.TextEdit{edit(s.Sel, c.with), insert(c.Lparen+1, args)}
}

// contextAt returns the name of the context of the nearest scope that has just one, or has one named ctx. What is
// empty for certain is none.
func (p *pass) contextAt(pos token.Pos) string {
	for scope := p.Pkg.Scope().Innermost(pos); scope != nil && scope != p.Pkg.Scope(); scope = scope.Parent() {
		var names []string
		for _, name := range scope.Names() {
			v, ok := scope.Lookup(name).(*types.Var)
			if !ok || name == "_" || v.Pos() >= pos || !isContext(v.Type()) || p.emptyVariable(v) {
				continue
			}
			if name == "ctx" {
				return name
			}
			names = append(names, name)
		}
		if len(names) == 1 {
			return names[0]
		}
	}
	return ""
}

// emptyVariable reports whether a context may be nobody's.
func (p *pass) emptyVariable(v *types.Var) bool {
	for _, value := range p.flow.values[v] {
		if value.expr == nil || value.index == 0 && p.emptyContext(value.expr) != "" {
			return true
		}
	}
	return false
}

// file returns the file that pos is in.
func (p *pass) file(pos token.Pos) *ast.File {
	i := slices.IndexFunc(p.Files, func(f *ast.File) bool { return f.FileStart <= pos && pos <= f.FileEnd })
	return p.Files[i]
}

// imported returns under which name the file at pos imports a package, and "" for not at all.
func (p *pass) imported(pos token.Pos, pkgPath string) string {
	for _, spec := range p.file(pos).Imports {
		switch found, err := strconv.Unquote(spec.Path.Value); {
		case err != nil || found != pkgPath:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(pkgPath)
		}
	}
	return ""
}

// importEdit adds an import to the file at pos: to its last list of imports, if it has one.
func (p *pass) importEdit(pos token.Pos, spec string) analysis.TextEdit {
	file := p.file(pos)
	end := insert(file.Name.End(), "\n\nimport "+spec)
	for _, decl := range file.Decls {
		switch d, ok := decl.(*ast.GenDecl); {
		case !ok || d.Tok != token.IMPORT:
		case d.Rparen.IsValid():
			end = insert(d.Rparen, "\t"+spec+"\n")
		default:
			end = insert(d.End(), "\nimport "+spec)
		}
	}
	return end
}

// means reports whether a name is that of a package at pos, and nothing hides it.
func (p *pass) means(name string, pos token.Pos, pkgPath string) bool {
	scope := p.Pkg.Scope().Innermost(pos)
	if scope == nil {
		return false
	}
	_, o := scope.LookupParent(name, pos)
	pkg, ok := o.(*types.PkgName)
	return ok && pkg.Imported().Path() == pkgPath
}

// using returns the name for a package at pos, and the edit that imports it where that is missing. It is not ok when
// the name means something else there.
func (p *pass) using(pos token.Pos, pkgPath string) (name string, edits []analysis.TextEdit, ok bool) {
	name = p.imported(pos, pkgPath)
	if name != "" && name != "_" {
		return name, nil, p.means(name, pos, pkgPath)
	}
	name = path.Base(pkgPath)
	if _, o := p.Pkg.Scope().Innermost(pos).LookupParent(name, pos); o != nil {
		return "", nil, false
	}
	return name, []analysis.TextEdit{p.importEdit(pos, strconv.Quote(pkgPath))}, true
}
