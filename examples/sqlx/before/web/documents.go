package web

import (
	"net/http"
	"time"

	"github.com/docex/docex/examples/sqlx/before/store"
)

type documentRequest struct {
	Name      string            `json:"name"`
	Body      string            `json:"body"`
	Tags      []string          `json:"tags"`
	Metadata  map[string]string `json:"metadata"`
	ExpiresAt *time.Time        `json:"expires_at"`
}

func (r documentRequest) document() store.Document {
	return store.Document{Name: r.Name, Body: r.Body, Tags: r.Tags, Metadata: r.Metadata, ExpiresAt: r.ExpiresAt}
}

func (s *Server) listDocuments(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	p, ok := page(w, r)
	if !ok {
		return
	}
	documents, err := s.store.Documents(r.Context(), id, p)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, documents)
}

func (s *Server) createDocument(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	var request documentRequest
	if !readJSON(w, r, &request) {
		return
	}
	d := request.document()
	d.BasketID, d.CreatedBy = id, sessionOf(r).User
	if err := s.store.CreateDocument(r.Context(), &d); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, d)
}

// importDocuments takes many documents at once. Metadata is set afterwards.
func (s *Server) importDocuments(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	var requests []documentRequest
	if !readJSON(w, r, &requests) {
		return
	}
	if len(requests) == 0 || len(requests) > 1000 {
		writeError(w, http.StatusUnprocessableEntity)
		return
	}
	documents := make([]store.Document, len(requests))
	for i, request := range requests {
		documents[i] = request.document()
	}
	if err := s.store.ImportDocuments(r.Context(), id, sessionOf(r).User, documents); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]int{"imported": len(documents)})
}

func (s *Server) moveDocuments(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	var request struct {
		Documents []int64 `json:"documents"`
	}
	if !readJSON(w, r, &request) {
		return
	}
	moved, err := s.store.MoveDocuments(r.Context(), sessionOf(r).User, request.Documents, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int64{"moved": moved})
}

// documentsByID answers ?ids=1,2,3.
func (s *Server) documentsByID(w http.ResponseWriter, r *http.Request) {
	ids, err := idList(r.FormValue("ids"))
	if err != nil {
		writeError(w, http.StatusBadRequest)
		return
	}
	documents, err := s.store.DocumentsByID(r.Context(), ids)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, documents)
}

func (s *Server) getDocument(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	d, err := s.store.Document(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, d)
}

func (s *Server) deleteDocument(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	if err := s.store.DeleteDocument(r.Context(), sessionOf(r).User, id); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) setMetadata(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	var metadata map[string]string
	if !readJSON(w, r, &metadata) {
		return
	}
	if err := s.store.SetMetadata(r.Context(), id, metadata); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) deleteMetadata(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	if err := s.store.DeleteMetadata(r.Context(), id, r.PathValue("key")); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
