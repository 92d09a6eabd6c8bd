// Package scope says who is asking. Call [With] where your program authenticates a request, and pass the context on:
// the docex driver takes the [UserContext] from it for every statement.
//
//	ctx = scope.With(ctx, scope.UserContext{UserID: "u-17", TenantID: "acme"})
//
// [From] gives it back. [ValidateTenantID] has the grammar of tenant ids. Package httpscope, below this one, is the
// middleware for net/http.
//
// Promise: a UserContext that From returns is complete and valid, and shares no memory with the one given to With.
//
// Not promised: that the tenant exists. Only the registry in the database decides that, in the same round trip as the
// statement. Nor that the user is who they say: that is for your program.
//
// The package imports nothing but the standard library.
package scope

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// UserContext names the user on whose behalf a statement runs and the tenant whose data it may touch
// (DocEX RFC-0001, "UserContext"). There is no default for either: a zero UserContext is invalid.
type UserContext struct {
	// UserID identifies the user to audit logs and triggers; docex gives it no other meaning.
	// 1 to 255 bytes of printable UTF-8.
	UserID string
	// TenantID is the id the tenant was provisioned with; see [ValidateTenantID] for its grammar.
	TenantID string
	// Roles are the user's application roles, not PostgreSQL roles. Docex carries them and does not interpret them.
	// May be empty; each entry is 1 to 255 bytes of printable UTF-8, and there are at most 255.
	Roles []string
}

// maxText bounds user ids and roles, in bytes, and maxRoles their number: they travel with every statement.
const (
	maxText  = 255
	maxRoles = 255
)

// Validate reports the first thing wrong with uc as an error that matches [ErrInvalidUserContext], and
// [ErrSystemTenant] too when the tenant id is one reserved for system tenants.
func (uc UserContext) Validate() error {
	if err := validateText(uc.UserID); err != nil {
		return fmt.Errorf("%w: user id: %w", ErrInvalidUserContext, err)
	}
	if err := ValidateTenantID(uc.TenantID); err != nil {
		return because(ErrInvalidUserContext, err)
	}
	if len(uc.Roles) > maxRoles {
		return fmt.Errorf("%w: %d roles, the most is %d", ErrInvalidUserContext, len(uc.Roles), maxRoles)
	}
	for i, r := range uc.Roles {
		if err := validateText(r); err != nil {
			return fmt.Errorf("%w: role %d: %w", ErrInvalidUserContext, i, err)
		}
	}
	return nil
}

// clone returns uc with a Roles slice of its own.
func (uc UserContext) clone() UserContext {
	uc.Roles = slices.Clone(uc.Roles)
	return uc
}

// validateText accepts what can be stored in a PostgreSQL text value and shown in a log line. It never repeats s:
// the values are the caller's data.
func validateText(s string) error {
	switch {
	case s == "":
		return errEmpty
	case len(s) > maxText:
		return fmt.Errorf("%d bytes, the most is %d", len(s), maxText)
	case !utf8.ValidString(s):
		return errNotUTF8
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("character %U is not printable", r)
		}
	}
	return nil
}
