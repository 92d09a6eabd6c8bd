package web

import (
	"net/http"

	"github.com/docex/docex/examples/sqlx/before/store"
)

type basketRequest struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (s *Server) listBaskets(w http.ResponseWriter, r *http.Request) {
	p, ok := page(w, r)
	if !ok {
		return
	}
	baskets, err := s.store.Baskets(r.Context(), p)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, baskets)
}

func (s *Server) createBasket(w http.ResponseWriter, r *http.Request) {
	var request basketRequest
	if !readJSON(w, r, &request) {
		return
	}
	b := store.Basket{Name: request.Name, Description: request.Description, CreatedBy: sessionOf(r).User}
	if err := s.store.CreateBasket(r.Context(), &b); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, b)
}

func (s *Server) getBasket(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	b, err := s.store.Basket(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, b)
}

func (s *Server) renameBasket(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	var request basketRequest
	if !readJSON(w, r, &request) {
		return
	}
	b := store.Basket{ID: id, Name: request.Name, Description: request.Description}
	if err := s.store.RenameBasket(r.Context(), b); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) deleteBasket(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	if err := s.store.DeleteBasket(r.Context(), id); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
