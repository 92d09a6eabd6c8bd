package around

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/alexedwards/scs/postgresstore"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

func TestSCS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, provision.Config{DDL: provision.DDLString(SessionTable)})
	w.tenants(t, "acme", "globex")
	db := w.open(t)
	sessions := &Sessions{db: db}
	visits := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uc, _ := scope.From(r.Context())
		manager := sessions.Of(uc.TenantID)
		n := manager.GetInt(r.Context(), "visits") + 1
		manager.Put(r.Context(), "visits", n)
		_, _ = w.Write([]byte(strconv.Itoa(n)))
	})
	tenant := func(r *http.Request) (scope.UserContext, error) { return user(r.Header.Get("Tenant")), nil }
	handler := httpscope.Require(tenant)(sessions.LoadAndSave(visits))
	var cookie string
	visit := func(tenant string) string {
		r, rec := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.Header.Set("Tenant", tenant)
		r.Header.Set("Cookie", cookie)
		handler.ServeHTTP(rec, r)
		cookie = rec.Header().Get("Set-Cookie")
		return rec.Body.String()
	}
	for i, want := range []string{"1", "2", "3"} {
		if got := visit("acme"); got != want {
			t.Errorf("visit %d: %s", i, got)
		}
	}
	if got := visit("globex"); got != "1" {
		t.Errorf("with the cookie of acme's session globex has %s", got)
	}
	if n := value[int](t, db, as("acme"), "SELECT count(*) FROM sessions"); n != 1 {
		t.Errorf("%d sessions of acme", n)
	}
	rec := httptest.NewRecorder()
	sessions.LoadAndSave(visits).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != httpscope.Status(scope.ErrNoUserContext) {
		t.Errorf("without a tenant: %d", rec.Code)
	}
	// The store itself on the handle for all tenants.
	if _, _, err := postgresstore.NewWithCleanupInterval(db, 0).Find("x"); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("without Bind: %v", err)
	}
}
