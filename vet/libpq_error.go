package vet

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

const pgconnPath = "github.com/jackc/pgx/v5/pgconn"

// errorFields are the fields of pq.Error that pgconn.PgError has with the same type, by their names there.
var errorFields = map[string]string{
	"Severity": "Severity", "Code": "Code", "Message": "Message", "Detail": "Detail", "Hint": "Hint",
	"InternalQuery": "InternalQuery", "Where": "Where", "Schema": "SchemaName", "Table": "TableName",
	"Column": "ColumnName", "DataTypeName": "DataTypeName", "Constraint": "ConstraintName", "File": "File",
	"Routine": "Routine",
}

func (p *pass) reportDeadError(about ast.Node, at ast.Expr, edits []analysis.TextEdit) {
	for _, f := range p.found {
		if f.Pos == at.Pos() && f.Category == LibPQ {
			return // said with its fix
		}
	}
	p.reportFix(about, Finding{Pos: at.Pos(), End: at.End(), Category: LibPQ, Object: "*pq.Error",
		Reason: "no error of docex is one, so this is never true",
		Hint:   "look for a *pgconn.PgError with errors.As"}, "look for a *pgconn.PgError", edits)
}

// checkErrorAssertions: in e, ok := err.(*pq.Error) the assertion has a form that keeps the statement as it is.
func (p *pass) checkErrorAssertions(n *ast.AssignStmt) {
	if len(n.Lhs) != 2 || len(n.Rhs) != 1 {
		return
	}
	assertion, ok := ast.Unparen(n.Rhs[0]).(*ast.TypeAssertExpr)
	name, isName := n.Lhs[0].(*ast.Ident)
	if !ok || !isName || assertion.Type == nil || !p.isLibPQError(assertion.Type) {
		return
	}
	edits, fixable := p.fieldEdits(p.TypesInfo.ObjectOf(name), n.Tok == token.DEFINE || name.Name == "_")
	value := p.source(assertion.X)
	conn, first, known := p.using(assertion.Pos(), pgconnPath)
	std, second, knowsErrors := p.using(assertion.Pos(), "errors")
	if !fixable || !known || !knowsErrors || value == "" || !p.errorType(assertion.X) {
		p.reportDeadError(n, assertion.Type, nil)
		return
	}
	edits = append(edits, edit(assertion, std+".AsType[*"+conn+".PgError]("+value+")"))
	p.reportDeadError(n, assertion.Type, append(append(edits, first...), second...))
}

// errorType reports whether an expression is an error and not another interface, which errors.AsType would not take.
func (p *pass) errorType(e ast.Expr) bool {
	return types.Identical(p.TypesInfo.TypeOf(e), types.Universe.Lookup("error").Type())
}

// checkErrorsAs: errors.As(err, &e) for a variable that is declared as a *pq.Error.
func (p *pass) checkErrorsAs(e *ast.CallExpr) {
	fn := p.callee(e)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "errors" {
		return
	}
	if fn.Name() == "AsType" {
		if index, ok := ast.Unparen(e.Fun).(*ast.IndexExpr); ok && p.isLibPQError(index.Index) {
			p.reportDeadError(e, index.Index, nil)
		}
		return
	}
	if fn.Name() != "As" || len(e.Args) != 2 {
		return
	}
	target, ok := ast.Unparen(e.Args[1]).(*ast.UnaryExpr)
	if !ok || target.Op != token.AND || !p.isLibPQError(target.X) {
		return
	}
	p.reportDeadError(e, e.Args[1], p.declarationEdits(target.X))
}

// declarationEdits makes var e *pq.Error a *pgconn.PgError, with the fields that are used of it.
func (p *pass) declarationEdits(e ast.Expr) []analysis.TextEdit {
	name, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	object := p.TypesInfo.ObjectOf(name)
	spec := p.declaration(object)
	edits, fixable := p.fieldEdits(object, true)
	if spec == nil || !fixable {
		return nil
	}
	conn, more, known := p.using(spec.Pos(), pgconnPath)
	star, isPointer := spec.Type.(*ast.StarExpr)
	if !known || !isPointer {
		return nil
	}
	return append(append(edits, edit(star.X, conn+".PgError")), more...)
}

// declaration returns the var declaration of an object alone, with a type and no value.
func (p *pass) declaration(o types.Object) (found *ast.ValueSpec) {
	for _, file := range p.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.ValueSpec); ok && len(s.Names) == 1 && len(s.Values) == 0 && s.Type != nil &&
				p.TypesInfo.Defs[s.Names[0]] == o && o != nil {
				found = s
			}
			return true
		})
	}
	return found
}

// fieldEdits renames the fields in all uses of a variable. It is false when one of the uses has no equal: a method, a
// field of another type, the variable as a whole. With declares the variable's type is the one that changes.
func (p *pass) fieldEdits(o types.Object, declares bool) ([]analysis.TextEdit, bool) {
	if o == nil { // _
		return nil, declares
	}
	var edits []analysis.TextEdit
	fixable := declares
	for _, file := range p.Files {
		var above []ast.Node
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				above = above[:len(above)-1]
				return true
			}
			if name, ok := n.(*ast.Ident); ok && p.TypesInfo.Uses[name] == o {
				e, ok := p.useEdits(name, above)
				edits, fixable = append(edits, e...), fixable && ok
			}
			above = append(above, n)
			return true
		})
	}
	return edits, fixable
}

// useEdits is fieldEdits for one use, by the nodes above it.
func (p *pass) useEdits(name *ast.Ident, above []ast.Node) ([]analysis.TextEdit, bool) {
	parent := above[len(above)-1]
	if u, ok := parent.(*ast.UnaryExpr); ok && u.Op == token.AND { // of errors.As
		call, ok := above[len(above)-2].(*ast.CallExpr)
		fn := types.Object(nil)
		if ok {
			fn = p.callee(call)
		}
		return nil, fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "errors"
	}
	if b, ok := parent.(*ast.BinaryExpr); ok { // e != nil
		return nil, p.TypesInfo.Types[b.X].IsNil() || p.TypesInfo.Types[b.Y].IsNil()
	}
	s, ok := parent.(*ast.SelectorExpr)
	if !ok || errorFields[s.Sel.Name] == "" || s.Sel.Name == "Code" && !p.codeAsText(s, above[len(above)-2]) {
		return nil, false
	}
	if field := errorFields[s.Sel.Name]; field != s.Sel.Name {
		return []analysis.TextEdit{edit(s.Sel, field)}, true
	}
	return nil, true
}

// codeAsText reports whether a code may as well be a string: it is compared with literals, or converted.
func (p *pass) codeAsText(code ast.Expr, parent ast.Node) bool {
	literal := func(e ast.Expr) bool {
		_, ok := ast.Unparen(e).(*ast.BasicLit)
		return ok
	}
	switch n := parent.(type) {
	case *ast.BinaryExpr:
		return literal(n.X) || literal(n.Y)
	case *ast.CallExpr:
		return p.TypesInfo.Types[n.Fun].IsType() && types.Identical(p.TypesInfo.TypeOf(n), types.Typ[types.String])
	case *ast.SwitchStmt:
		for _, clause := range n.Body.List {
			for _, e := range clause.(*ast.CaseClause).List {
				if !literal(e) {
					return false
				}
			}
		}
		return n.Tag == code
	}
	return false
}

// source returns the text of an expression as the program writes it.
func (p *pass) source(e ast.Expr) string {
	file := p.Fset.File(e.Pos())
	text, err := p.ReadFile(file.Name())
	if from, to := file.Offset(e.Pos()), file.Offset(e.End()); err == nil && to <= len(text) {
		return string(text[from:to])
	}
	return ""
}
