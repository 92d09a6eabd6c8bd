package vet

import (
	"bytes"
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// directive is a comment that accepts findings, or says what a handle is.
type directive struct{ verb verb }

type verb string

const (
	admin     verb = "admin"  // the handle made or declared here is an administrator's, so what it does is not looked at
	ignore    verb = "ignore" // any finding here is accepted
	boundMark verb = "bound"  // the handle declared here, or returned by the function, is one of driver.Bind
)

const directivePrefix = "//docex:"

// directives are the comments of a package by the lines that they are about.
type directives struct {
	fset  *token.FileSet
	lines map[line]*directive
	wrong []Finding // comments that are none
}

type line struct {
	file   *token.File
	number int
}

func newDirectives(a *analysis.Pass) directives {
	d := directives{fset: a.Fset, lines: map[line]*directive{}}
	for _, file := range a.Files {
		for _, group := range file.Comments {
			for _, c := range group.List {
				d.add(a, file, c)
			}
		}
	}
	return d
}

// at returns the directive about the line of pos, or nil.
func (d directives) at(pos token.Pos) *directive { return d.lines[d.line(pos)] }

// line returns the line of the file that was read: //line comments do not count.
func (d directives) line(pos token.Pos) line {
	if !pos.IsValid() {
		return line{}
	}
	file := d.fset.File(pos)
	return line{file, file.PositionFor(pos, false).Line}
}

// add takes a comment in. It is about its own line and, when it stands there alone, about the next one. As part of a
// doc comment it is about the whole declaration, and above the package clause about the whole file. Exception:
// docex:bound above a function is about what its first line declares, and not about handles that it makes.
func (d *directives) add(a *analysis.Pass, file *ast.File, c *ast.Comment) {
	text, ok := strings.CutPrefix(c.Text, directivePrefix)
	if !ok {
		return
	}
	text, _, _ = strings.Cut(text, "//") // a comment on the comment
	name, reason, _ := strings.Cut(strings.TrimSpace(text), " ")
	found := &directive{verb: verb(name)}
	switch {
	case found.verb != admin && found.verb != ignore && found.verb != boundMark:
		d.refuse(c, "docex:"+name+" is unknown", "write docex:admin, docex:bound or docex:ignore")
		return
	case found.verb != boundMark && strings.TrimSpace(reason) == "":
		d.refuse(c, "docex:"+name+" gives no reason, and has no effect", "say on the same line why this is right")
		return
	}
	own := d.line(c.Pos())
	d.lines[own] = found
	if alone(a, c) {
		d.lines[line{own.file, own.number + 1}] = found
	}
	if c.End() <= file.Package {
		d.cover(file.FileStart, file.FileEnd, found)
	}
	for _, decl := range file.Decls {
		var doc *ast.CommentGroup
		end := decl.End()
		switch decl := decl.(type) {
		case *ast.GenDecl:
			doc = decl.Doc
		case *ast.FuncDecl:
			if doc = decl.Doc; found.verb == boundMark {
				end = decl.Type.End()
			}
		}
		if doc != nil && doc.Pos() <= c.Pos() && c.End() <= doc.End() {
			d.cover(decl.Pos(), end, found)
		}
	}
}

func (d *directives) refuse(c *ast.Comment, reason, hint string) {
	d.wrong = append(d.wrong, Finding{Pos: c.Pos(), End: c.End(), Category: Directive, Reason: reason, Hint: hint})
}

func (d *directives) cover(from, to token.Pos, found *directive) {
	for l, end := d.line(from), d.line(to); l.number <= end.number; l.number++ {
		d.lines[l] = found
	}
}

// alone reports whether nothing stands in front of a comment on its line.
func alone(a *analysis.Pass, c *ast.Comment) bool {
	file := a.Fset.File(c.Pos())
	text, err := a.ReadFile(file.Name())
	offset := file.Offset(c.Pos())
	if err != nil || offset > len(text) {
		return false // then it is about its own line only
	}
	start := bytes.LastIndexByte(text[:offset], '\n') + 1
	return len(bytes.TrimSpace(text[start:offset])) == 0
}
