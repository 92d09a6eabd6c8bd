package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/docex/docex/examples/sqlx/after/store"
)

// search answers ?q=words&prefix=…&tag=…&meta=key:value&since=2026-11-01T00:00:00Z.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	p, ok := page(w, r)
	if !ok {
		return
	}
	q := store.Search{Text: r.FormValue("q"), Prefix: r.FormValue("prefix"), Tags: r.Form["tag"], Page: p}
	for _, pair := range r.Form["meta"] {
		key, value, found := strings.Cut(pair, ":")
		if !found {
			writeError(w, http.StatusBadRequest)
			return
		}
		if q.Meta == nil {
			q.Meta = map[string]string{}
		}
		q.Meta[key] = value
	}
	if since := r.FormValue("since"); since != "" {
		var err error
		if q.Since, err = time.Parse(time.RFC3339, since); err != nil {
			writeError(w, http.StatusBadRequest)
			return
		}
	}
	documents, err := s.store.Search(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, documents)
}

func (s *Server) tags(w http.ResponseWriter, r *http.Request) {
	p, ok := page(w, r)
	if !ok {
		return
	}
	tags, err := s.store.Tags(r.Context(), p.Limit)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, tags)
}

func (s *Server) audit(w http.ResponseWriter, r *http.Request) {
	p, ok := page(w, r)
	if !ok {
		return
	}
	events, err := s.store.Audit(r.Context(), p)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, events)
}
