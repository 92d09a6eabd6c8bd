package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/docex/docex/examples/sqlx/before/store"
)

// maxBody is how many bytes a request may have.
const maxBody = 4 << 20

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the client may have gone
}

func writeError(w http.ResponseWriter, status int) {
	writeJSON(w, status, map[string]string{"error": http.StatusText(status)})
}

// fail answers with the status that an error of the store has.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		writeError(w, http.StatusNotFound)
	case errors.Is(err, store.ErrDuplicate), errors.Is(err, store.ErrNotEmpty):
		writeError(w, http.StatusConflict)
	case errors.Is(err, store.ErrInvalid):
		writeError(w, http.StatusUnprocessableEntity)
	default:
		s.log.Error("request", "method", r.Method, "path", r.URL.Path, "error", err)
		writeError(w, http.StatusInternalServerError)
	}
}

// readJSON reads the body into v. If it returns false it has answered.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		writeError(w, http.StatusBadRequest)
		return false
	}
	return true
}

// pathID returns the id in the path. If it returns false it has answered.
func pathID(w http.ResponseWriter, r *http.Request) (int64, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		writeError(w, http.StatusNotFound)
		return 0, false
	}
	return id, true
}

// page reads ?after= and ?limit=. If it returns false it has answered.
func page(w http.ResponseWriter, r *http.Request) (store.Page, bool) {
	var p store.Page
	var err error
	if after := r.FormValue("after"); after != "" {
		p.After, err = strconv.ParseInt(after, 10, 64)
	}
	if limit := r.FormValue("limit"); limit != "" && err == nil {
		p.Limit, err = strconv.Atoi(limit)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest)
		return p, false
	}
	return p, true
}

// idList reads numbers that commas part.
func idList(text string) (ids []int64, err error) {
	for field := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(field), 10, 64)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
