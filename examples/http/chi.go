package web

import (
	"database/sql"
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/docex/docex/scope/httpscope"
)

// newChi takes the middleware as it is.
func newChi(db *sql.DB, users sessions) http.Handler {
	router := chi.NewRouter()
	router.Use(httpscope.Require(users.who))
	router.Get("/documents", func(w http.ResponseWriter, r *http.Request) {
		names, err := documents(r.Context(), db)
		if err != nil {
			httpscope.WriteError(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(names) // the client has gone
	})
	return router
}
