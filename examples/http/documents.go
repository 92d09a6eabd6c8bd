// Package web shows where a UserContext is put into a request with chi, echo, gin and gRPC. Each serves the documents
// of the tenant that the request's token belongs to. docs/http.md quotes it. It has a module of its own, so that
// programs that use docex need none of the four.
package web

import (
	"context"
	"database/sql"
	"net/http"
	"strings"

	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

// sessions stands for what authenticates your users: signed tokens, or a table of sessions.
type sessions map[string]scope.UserContext

// user is the only place that says who asks.
func (s sessions) user(token string) (scope.UserContext, error) {
	uc, ok := s[token]
	if !ok {
		return scope.UserContext{}, httpscope.ErrUnauthenticated
	}
	return uc, nil
}

// who is user for net/http, and so for chi, echo and gin.
func (s sessions) who(r *http.Request) (scope.UserContext, error) {
	return s.user(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
}

// documents returns the names of the tenant's documents. It knows no tenant, as all code below a handler does not.
func documents(ctx context.Context, db *sql.DB) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM document ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := []string{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
