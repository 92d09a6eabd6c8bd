package httpscope_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

var acme = scope.UserContext{UserID: "ann", TenantID: "acme"}

func returns(uc scope.UserContext, err error) func(*http.Request) (scope.UserContext, error) {
	return func(*http.Request) (scope.UserContext, error) { return uc, err }
}

// What the function returns decides, and nothing else does.
func TestRequire(t *testing.T) {
	t.Setenv("DOCEX_TENANT", "acme")
	down := errors.New("the session store at 10.0.0.7 is down")
	for _, tt := range []struct {
		name     string
		identify func(*http.Request) (scope.UserContext, error)
		outer    string // the tenant of the request's context
		want     int
	}{
		{"a user", returns(acme, nil), "", 200},
		{"the same tenant again", returns(acme, nil), "acme", 200},
		{"another tenant", returns(acme, nil), "globex", 403},
		{"nobody", returns(scope.UserContext{}, nil), "", 400},
		{"nobody inside a tenant", returns(scope.UserContext{}, nil), "acme", 403},
		{"a malformed tenant", returns(scope.UserContext{UserID: "ann", TenantID: "Acme Inc."}, nil), "", 400},
		{"no user", returns(scope.UserContext{TenantID: "acme"}, nil), "", 400},
		{"the system tenant", returns(scope.UserContext{UserID: "ann", TenantID: scope.SystemTenantID}, nil), "", 403},
		{"a user and an error", returns(acme, httpscope.ErrUnauthenticated), "", 401},
		{"an error inside a tenant", returns(acme, httpscope.ErrForbidden), "acme", 403},
		{"an error of another kind", returns(acme, down), "", 500},
		{"no function", nil, "", 500},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://acme.example.com/acme?tenant=acme", nil)
		r.Header.Set("X-Tenant-Id", "acme")
		if tt.outer != "" {
			r = r.WithContext(scope.With(r.Context(), scope.UserContext{UserID: "bob", TenantID: tt.outer}))
		}
		var seen []scope.UserContext
		w := httptest.NewRecorder()
		httpscope.Require(tt.identify)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			uc, err := scope.From(r.Context())
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			seen = append(seen, uc)
		})).ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, w.Code, tt.want)
		}
		if passed := len(seen) == 1 && seen[0].TenantID == "acme" && seen[0].UserID == "ann"; passed != (tt.want == 200) {
			t.Errorf("%s: the handler saw %+v", tt.name, seen)
		}
		for _, secret := range []string{"acme", "Acme", "globex", "ann", "bob", "10.0.0.7", "docex"} {
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s: the answer shows %q: %s", tt.name, secret, w.Body)
			}
		}
	}
}

// Enter gives no request where it gives an error, and says which of two tenants' middlewares is at fault.
func TestEnter(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	entered, err := httpscope.Enter(r, returns(acme, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scope.From(r.Context()); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("the request that was given: %v", err)
	}
	again, err := httpscope.Enter(entered, returns(scope.UserContext{UserID: "gus", TenantID: "globex"}, nil))
	if again != nil || !errors.Is(err, httpscope.ErrForbidden) || !errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("over another tenant: %v, %v", again, err)
	}
}

type serverError string

func (s serverError) Error() string    { return "server: " + string(s) }
func (s serverError) SQLState() string { return string(s) }

func TestStatus(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 200},
		{errors.New("x"), 500},
		{httpscope.ErrUnauthenticated, 401},
		{httpscope.ErrForbidden, 403},
		{scope.ErrNoUserContext, 500},
		{scope.ErrInvalidUserContext, 400},
		{scope.ErrInvalidTenantID, 400},
		{scope.ErrSystemTenant, 403},
		{scope.ValidateTenantID(scope.SystemTenantID), 403},
		{scope.ErrTenantNotProvisioned, 403},
		{scope.ErrTenantSuspended, 403},
		{scope.ErrTenantMismatch, 500},
		{scope.ErrNotInitialized, 503},
		{scope.ErrUpgradeRequired, 503},
		{context.Canceled, 499},
		{context.DeadlineExceeded, 504},
		{serverError("57014"), 504},
		{serverError("57P03"), 503},
		{serverError("53300"), 503},
		{serverError("23505"), 500},
		{dial, 503},
		{&net.OpError{Op: "read", Err: errors.New("connection reset")}, 500},
		{&scope.Error{Op: "query", Err: scope.ErrTenantSuspended, Cause: serverError("DX002")}, 403},
		{&scope.Error{Op: "connect", Err: errors.New("x"), Cause: dial}, 503},
	} {
		for _, err := range []error{tt.err, wrap(tt.err)} {
			if got := httpscope.Status(err); got != tt.want {
				t.Errorf("%v: %d, want %d", err, got, tt.want)
			}
		}
	}
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("list documents: %w", err)
}

func TestWriteError(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Length", "3")
	w.Header().Set("Content-Type", "text/csv")
	httpscope.WriteError(w, httpscope.ErrUnauthenticated)
	for name, want := range map[string]string{
		"Content-Length": "", "Content-Type": "application/problem+json", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Www-Authenticate": "Bearer",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	w = httptest.NewRecorder()
	w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
	httpscope.WriteError(w, httpscope.ErrUnauthenticated)
	if got := w.Header().Values("WWW-Authenticate"); len(got) != 1 || got[0] != `Basic realm="x"` {
		t.Errorf("the challenge that was set: %q", got)
	}
	for err, want := range map[error]string{
		context.Canceled: `{"title":"Client Closed Request","status":499}` + "\n",
		nil:              `{"title":"Internal Server Error","status":500}` + "\n",
	} {
		w := httptest.NewRecorder()
		httpscope.WriteError(w, err)
		if w.Body.String() != want || w.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("%v: %q, %v", err, w.Body, w.Header())
		}
	}
}
