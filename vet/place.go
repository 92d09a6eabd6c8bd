package vet

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// place returns the position in the program of a byte of a constant's text, and false when it has to settle for the
// expression, since what writes the byte is in another package.
func (p *pass) place(e ast.Expr, offset int) (token.Pos, bool) {
	if value := p.flow.only(e); value != nil {
		return p.place(value, offset)
	}
	return p.partPlace(e, offset)
}

// partPlace is place for a part of a concatenation, where a name is the place: other texts may share it.
func (p *pass) partPlace(e ast.Expr, offset int) (token.Pos, bool) {
	switch x := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING { // a number or a character in a conversion has one place
			return p.literalPlace(x, offset), true
		}
	case *ast.BinaryExpr:
		left, _ := p.flow.text(x.X)
		if offset < len(left) {
			return p.partPlace(x.X, offset)
		}
		return p.partPlace(x.Y, offset-len(left))
	case *ast.CallExpr: // a conversion: other calls are not constant
		if len(x.Args) == 1 {
			return p.place(x.Args[0], offset)
		}
	}
	return e.Pos(), false
}

// literalPlace finds an offset into a string's value in what the program has written for it. A place after its end
// becomes the closing quote.
func (p *pass) literalPlace(lit *ast.BasicLit, offset int) token.Pos {
	source := lit.Value
	if source[0] == '`' {
		return lit.Pos() + 1 + token.Pos(offset+p.carriageReturns(lit, offset))
	}
	rest := source[1 : len(source)-1]
	for value := 0; rest != "" && value < offset; {
		r, multibyte, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			break // does not compile
		}
		if value += width(r, multibyte); value > offset {
			break
		}
		rest = tail
	}
	return lit.Pos() + token.Pos(len(source)-1-len(rest))
}

// width returns how many bytes a character of a literal is in the string: \xe9 is one, é is two.
func width(r rune, multibyte bool) int {
	if !multibyte {
		return 1
	}
	return len(string(r))
}

// carriageReturns counts those in front of an offset into a raw string: the file has them, the string has not.
func (p *pass) carriageReturns(lit *ast.BasicLit, offset int) int {
	if int(lit.End()-lit.Pos()) == len(lit.Value) {
		return 0
	}
	file := p.Fset.File(lit.Pos())
	text, err := p.ReadFile(file.Name())
	start := file.Offset(lit.Pos()) + 1
	if err != nil || start > len(text) {
		return 0
	}
	count := 0
	for _, b := range text[start:] {
		switch {
		case b == '\r':
			count++
		case offset == 0:
			return count
		default:
			offset--
		}
	}
	return count
}

// lineAndColumn returns where an offset is in a text, both from 1, the column in characters.
func lineAndColumn(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + len([]rune(before[start:]))
}
