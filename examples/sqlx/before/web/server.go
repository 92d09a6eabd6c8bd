// Package web serves baskets of documents as JSON.
package web

import (
	"log/slog"
	"net/http"

	"github.com/docex/docex/examples/sqlx/before/store"
)

// Server answers requests. It is safe for concurrent use.
type Server struct {
	store    *store.Store
	sessions Sessions
	log      *slog.Logger
}

// New returns a server.
func New(s *store.Store, sessions Sessions, log *slog.Logger) *Server {
	return &Server{store: s, sessions: sessions, log: log}
}

// Handler returns the routes.
func (s *Server) Handler() http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("GET /baskets", s.listBaskets)
	api.HandleFunc("POST /baskets", s.createBasket)
	api.HandleFunc("GET /baskets/{id}", s.getBasket)
	api.HandleFunc("PUT /baskets/{id}", s.renameBasket)
	api.HandleFunc("DELETE /baskets/{id}", s.deleteBasket)
	api.HandleFunc("GET /baskets/{id}/documents", s.listDocuments)
	api.HandleFunc("POST /baskets/{id}/documents", s.createDocument)
	api.HandleFunc("POST /baskets/{id}/import", s.importDocuments)
	api.HandleFunc("POST /baskets/{id}/move", s.moveDocuments)
	api.HandleFunc("GET /documents", s.documentsByID)
	api.HandleFunc("GET /documents/{id}", s.getDocument)
	api.HandleFunc("DELETE /documents/{id}", s.deleteDocument)
	api.HandleFunc("PATCH /documents/{id}/metadata", s.setMetadata)
	api.HandleFunc("DELETE /documents/{id}/metadata/{key}", s.deleteMetadata)
	api.HandleFunc("GET /search", s.search)
	api.HandleFunc("GET /tags", s.tags)
	api.HandleFunc("GET /audit", managersOnly(s.audit))

	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", s.health)
	routes.Handle("/", s.sessions.Require(api))
	return s.logged(routes)
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.store.Ping(r.Context()); err != nil {
		s.log.Error("health", "error", err)
		writeError(w, http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// logged writes a line for each request.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorded, r)
		s.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", recorded.status)
	})
}
