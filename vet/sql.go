package vet

import (
	"errors"
	"fmt"
	"go/ast"

	"github.com/docex/docex/guard"
)

// checkSQL puts the constants that a call may run before the guard.
func (p *pass) checkSQL(c call) {
	if c.sql == nil || len(c.Args) == 0 {
		return
	}
	texts, complete := p.sources(c)
	rewriter := p.rewriter(c)
	if complete && rewriter != anyRewriter {
		for _, e := range texts {
			p.checkText(c, e, rewriter)
		}
		return
	}
	if p.Dynamic && !c.expands {
		p.report(c.CallExpr, Finding{
			Pos: c.sql.Pos(), End: c.sql.End(), Category: Dynamic,
			Reason: "SQL that is no constant cannot be checked before it runs",
			Hint:   "make it a constant, and pass values as arguments",
		})
	}
}

// checkText judges one constant.
func (p *pass) checkText(c call, e ast.Expr, r rewriter) {
	text, _ := p.flow.text(e)
	st, err := replace(text, c.markers)
	if r == namedArgs {
		st, err = replaceNamed(text)
	}
	if err != nil {
		p.report(c.CallExpr, Finding{
			Pos: e.Pos(), End: e.End(), Category: SQL, Rule: "named-parameter", Reason: err.Error(),
			Hint: "write :: for a colon that begins no parameter of sqlx",
		})
		return
	}
	var d *guard.Denial
	if !errors.As(p.guard.Check(p.TenantSchema, st.text), &d) {
		return
	}
	offset := st.original(d.Offset)
	f := Finding{Category: SQL, Rule: d.Rule.String(), Object: d.Object, Reason: d.Reason, Hint: d.Hint}
	var exact bool
	if f.Pos, exact = p.place(e, offset); !exact {
		f.End = e.End()
		line, column := lineAndColumn(text, offset)
		f.Reason += fmt.Sprintf(" (line %d column %d of the text)", line, column)
	}
	p.report(c.CallExpr, f)
}
