package vet

import (
	"context"
	"go/types"

	"github.com/jackc/pgx/v5"
)

// rewriter is what the arguments of a call do to its text before the guard reads it.
type rewriter int

const (
	noRewriter  rewriter = iota
	namedArgs            // pgx.NamedArgs: @name becomes $1
	anyRewriter          // a pgx.QueryRewriter of which nothing is known
)

func (p *pass) rewriter(c call) rewriter {
	for _, arg := range c.Args {
		t := p.TypesInfo.TypeOf(arg)
		if t == nil {
			continue
		}
		if method, _, _ := types.LookupFieldOrMethod(t, true, p.Pkg, "RewriteQuery"); method == nil {
			continue
		}
		n, ok := types.Unalias(t).(*types.Named)
		if ok && familyOf(n.Obj().Pkg()) == pgxFamily &&
			(n.Obj().Name() == "NamedArgs" || n.Obj().Name() == "StrictNamedArgs") {
			return namedArgs
		}
		return anyRewriter
	}
	return noRewriter
}

// replaceNamed is replace for pgx.NamedArgs, by pgx itself.
func replaceNamed(sql string) (statement, error) {
	text, _, err := pgx.NamedArgs{}.RewriteQuery(context.Background(), nil, sql, nil)
	if err != nil {
		return statement{}, err
	}
	from := make([]int, 0, len(text)+1)
	at := 0
	for i := 0; i < len(text); {
		from = append(from, at)
		if text[i] != '$' || at >= len(sql) || sql[at] != '@' {
			i, at = i+1, at+1
			continue
		}
		for i++; i < len(text) && digit(text[i]); i++ {
			from = append(from, at)
		}
		for at++; at < len(sql) && (digit(sql[at]) || sql[at] == '_' || letter(sql[at])); at++ {
		}
	}
	return statement{text: text, from: append(from, len(sql))}, nil
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

func letter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
