package web

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	pgtest.Main(m)
}

// users are those of every test. Tenant umbrella is suspended, and hooli is not there.
var users = sessions{
	"ann":  {UserID: "ann", TenantID: "acme"},
	"gus":  {UserID: "gus", TenantID: "globex"},
	"uma":  {UserID: "uma", TenantID: "umbrella"},
	"hal":  {UserID: "hal", TenantID: "hooli"},
	"mal":  {UserID: "mal", TenantID: "Acme Inc."},
	"root": {UserID: "root", TenantID: scope.SystemTenantID},
}

// requests say what the server answers to whom.
var requests = []struct {
	token string
	want  int
	body  string // of an answer without an error
}{
	{"ann", 200, "acme.txt"}, {"gus", 200, "globex.txt"}, {"", 401, ""}, {"stolen", 401, ""}, {"mal", 400, ""},
	{"root", 403, ""}, {"hal", 403, ""}, {"uma", 403, ""}, {"ann", 200, "acme.txt"},
}

// newWorld returns a handle of one connection, which the tenants share.
func newWorld(t *testing.T) *sql.DB {
	t.Helper()
	server := pgtest.NewDB(t)
	admin := server.Admin(t)
	p, err := provision.New(admin, provision.Config{AppRole: server.AppRole,
		DDL: provision.DDLString("CREATE TABLE document (name text NOT NULL)")})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"acme", "globex", "umbrella"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec("INSERT INTO tenant_" + id + ".document VALUES ('" + id + ".txt')"); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(t.Context(), "umbrella"); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(driver.Name, server.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func ask(h http.Handler, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/documents", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRouters(t *testing.T) {
	t.Parallel()
	db := newWorld(t)
	for name, router := range map[string]http.Handler{
		"chi": newChi(db, users), "echo": newEcho(db, users), "gin": newGin(db, users),
	} {
		for _, request := range requests {
			answer := ask(router, request.token)
			body := answer.Body.String()
			if answer.Code != request.want {
				t.Errorf("%s: %q: status %d, want %d: %s", name, request.token, answer.Code, request.want, body)
			}
			if request.want == 200 {
				if want := `["` + request.body + `"]`; strings.TrimSpace(body) != want {
					t.Errorf("%s: %q: %s, want %s", name, request.token, body, want)
				}
				continue
			}
			if got := answer.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("%s: %q: Content-Type %q", name, request.token, got)
			}
			for _, secret := range []string{"Acme", "umbrella", "hooli", "tenant", "system", "docex"} {
				if strings.Contains(body, secret) {
					t.Errorf("%s: %q: the answer shows %q: %s", name, request.token, secret, body)
				}
			}
		}
	}
}

// Who passes gin's context instead of the request's is served nothing, and told what to do. With ContextWithFallback it
// works, and so it does with a handle of driver.Bind.
func TestGinContextItself(t *testing.T) {
	t.Parallel()
	db := newWorld(t)
	bound := driver.Bind(db, users["ann"])
	defer bound.Close()
	for _, tt := range []struct {
		name     string
		db       *sql.DB
		fallback bool
		want     int
	}{{"as it is", db, false, 500}, {"fallback", db, true, 200}, {"bound", bound, false, 200}} {
		router := gin.New()
		router.ContextWithFallback = tt.fallback
		router.Use(users.requireTenant)
		var err error
		router.GET("/documents", func(c *gin.Context) {
			ctx, cancel := context.WithTimeout(c, time.Minute)
			defer cancel()
			var names []string
			if names, err = documents(ctx, tt.db); err != nil {
				httpscope.WriteError(c.Writer, err)
				return
			}
			c.JSON(http.StatusOK, names)
		})
		if answer := ask(router, "ann"); answer.Code != tt.want {
			t.Errorf("%s: status %d, want %d: %v", tt.name, answer.Code, tt.want, err)
		}
		told := errors.Is(err, scope.ErrNoUserContext) && strings.Contains(err.Error(), "pass c.Request.Context()")
		if told != (tt.want != 200) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Status knows the driver's errors as they are.
func TestStatusOfDriverErrors(t *testing.T) {
	t.Parallel()
	db := newWorld(t)
	acme := scope.With(t.Context(), users["ann"])
	query := func(db *sql.DB, ctx context.Context, text string) error {
		_, err := db.ExecContext(ctx, text)
		return err
	}
	if err := query(db, acme, "SELECT 1 FROM tenant_globex.document"); !errors.Is(err, guard.ErrDenied) ||
		httpscope.Status(err) != 500 {
		t.Errorf("denied: %d, %v", httpscope.Status(err), err)
	}
	if err := query(db, acme, "SELECT nothing"); httpscope.Status(err) != 500 {
		t.Errorf("the server's error: %d, %v", httpscope.Status(err), err)
	}
	cancelled, cancel := context.WithCancel(acme)
	cancel()
	if err := query(db, cancelled, "SELECT 1"); httpscope.Status(err) != httpscope.StatusClientClosedRequest {
		t.Errorf("cancelled: %d, %v", httpscope.Status(err), err)
	}
	late, cancel := context.WithDeadline(acme, time.Now().Add(-time.Second))
	defer cancel()
	if err := query(db, late, "SELECT 1"); httpscope.Status(err) != 504 {
		t.Errorf("late: %d, %v", httpscope.Status(err), err)
	}
	tx, err := db.BeginTx(acme, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(scope.With(t.Context(), users["gus"]), "SELECT 1"); httpscope.Status(err) != 500 ||
		!errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("another tenant's transaction: %d, %v", httpscope.Status(err), err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	nowhere, err := sql.Open(driver.Name, "postgres://app@127.0.0.1:1/x")
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	if err := query(nowhere, acme, "SELECT 1"); httpscope.Status(err) != 503 {
		t.Errorf("no server: %d, %v", httpscope.Status(err), err)
	}
	uninitialised, err := sql.Open(driver.Name, pgtest.NewDB(t).AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer uninitialised.Close()
	if err := query(uninitialised, acme, "SELECT 1"); httpscope.Status(err) != 503 {
		t.Errorf("no docex in the database: %d, %v", httpscope.Status(err), err)
	}
}
