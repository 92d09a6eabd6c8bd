package main

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/provision"
)

const shadowed = "PostgreSQL has a function of this name; a call without a schema finds that one when its arguments " +
	"fit both, so give yours another name"

// shadowedFunctions notes the functions of a result that have the name of one of PostgreSQL's own: the server looks
// into pg_catalog before any schema on the search_path (PostgreSQL manual, "The System Catalog Schema").
func shadowedFunctions(r *pgdump.Result) (notes []noteJSON, err error) {
	names, err := provision.Functions(provision.DDLString(r.Text))
	if err != nil {
		return nil, err
	}
	strict, err := guard.New(guard.Policy{})
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, name := range names {
		var denial *guard.Denial
		err := strict.Check("tenant", "SELECT "+pgx.Identifier{name}.Sanitize()+"()")
		own[name] = errors.As(err, &denial) && denial.Rule == guard.RuleUnknownFunction
	}
	line := 0
	for text := range strings.Lines(r.Text) {
		line++
		name, _, _ := strings.Cut(text, "(")
		for _, kind := range []string{"CREATE FUNCTION ", "CREATE PROCEDURE ", "CREATE AGGREGATE "} {
			name, made := strings.CutPrefix(name, kind)
			if own, known := own[strings.Trim(name, `"`)]; made && known && !own {
				at := r.Place(line, 1)
				notes = append(notes, noteJSON{at.File, at.Line, at.Column, shadowed})
			}
		}
	}
	return notes, nil
}
