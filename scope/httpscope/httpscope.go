// Package httpscope puts the UserContext of an HTTP request into its context, and turns docex's errors into answers.
//
// Start with [Require], the middleware. [Enter] is the same for routers with a handler type of their own, and
// [WriteError] answers for handlers.
//
// The promise: a handler behind Require runs with a UserContext that is complete and valid, and that names the tenant
// of every other one in the request's context. It comes from the function that Require was given, and from nowhere
// else: the package reads no host, path, header, cookie or environment variable. No answer of the package shows an
// error's text.
//
// Not promised: that the user is who they say, or belongs to the tenant. That function decides it. Nor that the tenant
// exists: the database says so at the first statement.
//
// The package imports nothing but the standard library and package scope.
package httpscope

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/docex/docex/scope"
)

// Sentinels for the function that [Require] and [Enter] are given. Wrap them, as in
// fmt.Errorf("%w: %w", httpscope.ErrUnauthenticated, err).
var (
	// ErrUnauthenticated: the request does not prove who the user is. The answer is 401.
	ErrUnauthenticated = errors.New("docex: http: not authenticated")
	// ErrForbidden: the user is known, and may not do this. The answer is 403.
	ErrForbidden = errors.New("docex: http: not allowed")
)

var errNoIdentify = errors.New("docex: http: there is no function that says who the user is")

// Require returns a middleware that lets a request pass only with the UserContext that identify returns for it. It
// answers any other by itself, as [WriteError] does with the error of [Enter]; the next handler is not called.
// Nobody sees that error. To log it, write the middleware with Enter.
//
// The middleware may wrap any number of handlers, and is safe for concurrent use if identify is.
func Require(identify func(*http.Request) (scope.UserContext, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			entered, err := Enter(r, identify)
			if err != nil {
				WriteError(w, err)
				return
			}
			next.ServeHTTP(w, entered)
		})
	}
}

// Enter returns a copy of r whose context carries the UserContext that identify returns for r. Without an error the
// copy is usable; with one it is nil. The error is
//
//   - that of identify: let it match [ErrUnauthenticated] or [ErrForbidden], since any other is the server's fault;
//   - one that matches scope.ErrInvalidUserContext, where identify returns a UserContext that is not valid;
//   - one that matches ErrForbidden and scope.ErrTenantMismatch, where the context of r holds another tenant already.
//     Another user of the same tenant replaces the first.
func Enter(r *http.Request, identify func(*http.Request) (scope.UserContext, error)) (*http.Request, error) {
	if identify == nil {
		return nil, errNoIdentify
	}
	uc, err := identify(r)
	if err != nil {
		return nil, err
	}
	ctx := scope.With(r.Context(), uc)
	switch _, err := scope.From(ctx); {
	case errors.Is(err, scope.ErrTenantMismatch):
		return nil, fmt.Errorf("%w: %w", ErrForbidden, err)
	case err != nil:
		return nil, err
	}
	return r.WithContext(ctx), nil
}
