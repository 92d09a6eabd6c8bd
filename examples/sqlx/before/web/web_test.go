package web_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/docex/docex/examples/sqlx/before/store/storetest"
	"github.com/docex/docex/examples/sqlx/before/web"
)

var users = web.Sessions{"ann": {User: "ann"}, "max": {User: "max", Manager: true}}

// ask sends one request to a server over a mock.
func ask(t *testing.T, expect func(sqlmock.Sqlmock), method, path, token, body string) *httptest.ResponseRecorder {
	t.Helper()
	s, mock := storetest.New(t)
	expect(mock)
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	web.New(s, users, slog.New(slog.DiscardHandler)).Handler().ServeHTTP(w, r)
	return w
}

func nothing(sqlmock.Sqlmock) {}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, method, path, token, body string
		expect                          func(sqlmock.Sqlmock)
		want                            int
	}{
		{"no token", "GET", "/baskets", "", "", nothing, http.StatusUnauthorized},
		{"no manager", "GET", "/audit", "ann", "", nothing, http.StatusForbidden},
		{"no number", "GET", "/baskets/x", "ann", "", nothing, http.StatusNotFound},
		{"no JSON", "POST", "/baskets", "ann", "{", nothing, http.StatusBadRequest},
		{"empty import", "POST", "/baskets/1/import", "ann", "[]", nothing, http.StatusUnprocessableEntity},
		{"bad ids", "GET", "/documents?ids=1,x", "ann", "", nothing, http.StatusBadRequest},
		{"bad limit", "GET", "/search?limit=x", "ann", "", nothing, http.StatusBadRequest},
		{"gone", "DELETE", "/documents/5", "ann", "", func(mock sqlmock.Sqlmock) {
			mock.ExpectBegin()
			mock.ExpectExec("DELETE FROM document").WithArgs(5).WillReturnResult(sqlmock.NewResult(0, 0))
			mock.ExpectRollback()
		}, http.StatusNotFound},
		{"broken", "GET", "/baskets/5", "ann", "", func(mock sqlmock.Sqlmock) {
			mock.ExpectQuery("FROM basket").WithArgs(5).WillReturnError(errors.New("broken"))
		}, http.StatusInternalServerError},
		{"audit", "GET", "/audit?limit=1", "max", "", func(mock sqlmock.Sqlmock) {
			mock.ExpectQuery("FROM audit").WithArgs(0, 1).WillReturnRows(
				sqlmock.NewRows([]string{"id", "at", "actor", "action", "subject"}).
					AddRow(1, time.Now(), "ann", "create", "document 9"))
		}, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if w := ask(t, tt.expect, tt.method, tt.path, tt.token, tt.body); w.Code != tt.want {
				t.Errorf("status %d, want %d: %s", w.Code, tt.want, w.Body)
			}
		})
	}
}

func TestCreateBasket(t *testing.T) {
	w := ask(t, func(mock sqlmock.Sqlmock) {
		mock.ExpectQuery("INSERT INTO basket").WithArgs("mail", "letters", "ann").
			WillReturnRows(sqlmock.NewRows([]string{"id", "created_at"}).AddRow(7, time.Now()))
	}, "POST", "/baskets", "ann", `{"name": "mail", "description": "letters"}`)
	if w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"id":7`) {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
