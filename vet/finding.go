package vet

import (
	"cmp"
	"go/token"
	"slices"
)

// Category says what kind of finding it is.
type Category string

const (
	SQL       Category = "sql"       // the guard would refuse the constant
	Context   Category = "context"   // nobody is asking: scope.ErrNoUserContext
	Unguarded Category = "unguarded" // a handle that goes around docex
	Dynamic   Category = "dynamic"   // SQL that is not known before it runs
	LibPQ     Category = "libpq"     // what lib/pq has and docex, which stands on pgx, has not
	Directive Category = "directive" // a comment //docex: that is not understood, and has no effect
)

// Finding is what the analyzer found at one place.
type Finding struct {
	Pos, End token.Pos // End may be token.NoPos
	Category Category  // which of the constants above
	Rule     string    // of category SQL: the name of a guard.Rule, or "named-parameter" for what sqlx cannot read
	Object   string    // what it is about; may be empty
	Reason   string    // why it is found
	Hint     string    // what to do instead
	Function string    // it is in, such as "saveUser" or "Store.Save"; empty outside of functions
}

// String returns "category: rule: object: reason; hint", without what is empty.
func (f Finding) String() string { return string(f.Category) + ": " + f.Message() }

// Message is String without the category.
func (f Finding) Message() string {
	var s string
	for _, part := range []string{f.Rule, f.Object} {
		if part != "" {
			s += part + ": "
		}
	}
	s += f.Reason
	if f.Hint != "" {
		s += "; " + f.Hint
	}
	return s
}

// sorted returns what was found by place, each once: two calls can share a constant.
func (p *pass) sorted() []Finding {
	slices.SortStableFunc(p.found, func(a, b Finding) int { return cmp.Compare(a.Pos, b.Pos) })
	return slices.Compact(p.found)
}
