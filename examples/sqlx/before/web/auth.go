package web

import (
	"context"
	"net/http"
	"strings"
)

// Session is what a token stands for.
type Session struct {
	User    string `json:"user"`
	Manager bool   `json:"manager"`
}

// Sessions are the tokens that are known.
type Sessions map[string]Session

type sessionKey struct{}

// Require lets a request pass that has a token, and puts the session into its context.
func (s Sessions) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		session, known := s[token]
		if !bearer || !known {
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
	})
}

// managersOnly lets managers pass.
func managersOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !sessionOf(r).Manager {
			writeError(w, http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// sessionOf returns the session of a request behind Require.
func sessionOf(r *http.Request) Session {
	session, _ := r.Context().Value(sessionKey{}).(Session)
	return session
}
