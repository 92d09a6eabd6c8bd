package httpscope_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

// sessions stands for what authenticates your users.
var sessions = map[string]scope.UserContext{
	"token-a": {UserID: "ann", TenantID: "acme"},
	"token-g": {UserID: "gus", TenantID: "globex"},
}

// who says on whose behalf a request is made.
func who(r *http.Request) (scope.UserContext, error) {
	uc, ok := sessions[r.Header.Get("Authorization")]
	if !ok {
		return scope.UserContext{}, httpscope.ErrUnauthenticated
	}
	return uc, nil
}

func get(h http.Handler, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func ExampleRequire() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /documents", func(w http.ResponseWriter, r *http.Request) {
		// db.QueryContext(r.Context(), …) runs for this tenant.
		uc, err := scope.From(r.Context())
		if err != nil {
			httpscope.WriteError(w, err)
			return
		}
		fmt.Fprintf(w, "documents of %s\n", uc.TenantID)
	})
	handler := httpscope.Require(who)(mux)

	for _, token := range []string{"token-a", "token-g", "stolen"} {
		answer := get(handler, "/documents", token)
		fmt.Print(answer.Code, " ", answer.Body)
	}
	// Output:
	// 200 documents of acme
	// 200 documents of globex
	// 401 {"title":"Unauthorized","status":401}
}

// Where the address names the tenant, a token of another tenant's is of no use: the function compares both.
func ExampleRequire_tenantInPath() {
	member := func(r *http.Request) (scope.UserContext, error) {
		uc, err := who(r)
		if err == nil && r.PathValue("tenant") != uc.TenantID {
			err = httpscope.ErrForbidden
		}
		return uc, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{tenant}/documents", httpscope.Require(member)(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "documents") })))

	fmt.Print(get(mux, "/acme/documents", "token-a").Body)
	fmt.Print(get(mux, "/globex/documents", "token-a").Body)
	// Output:
	// documents
	// {"title":"Forbidden","status":403}
}

func ExampleEnter() {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "token-a")
	r, err := httpscope.Enter(r, who)
	if err != nil {
		fmt.Println(httpscope.Status(err))
		return
	}
	uc, err := scope.From(r.Context())
	fmt.Println(uc.TenantID, err)
	// Output: acme <nil>
}

// A middleware of one's own can log why a request was refused. The answer does not say it.
func ExampleEnter_log() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	require := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			entered, err := httpscope.Enter(r, who)
			if err != nil {
				logger.WarnContext(r.Context(), "refused", "path", r.URL.Path, "error", err)
				httpscope.WriteError(w, err)
				return
			}
			next.ServeHTTP(w, entered)
		})
	}

	sessions["token-n"] = scope.UserContext{TenantID: "acme"} // the program forgot the UserID
	defer delete(sessions, "token-n")
	fmt.Print(get(require(http.NotFoundHandler()), "/documents", "token-n").Body)
	// Output:
	// level=WARN msg=refused path=/documents error="docex: invalid UserContext: user id: empty"
	// {"title":"Bad Request","status":400}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func ExampleStatus() {
	fmt.Println(httpscope.Status(fmt.Errorf("list documents: %w", scope.ErrTenantSuspended)))
	fmt.Println(httpscope.Status(scope.ErrNoUserContext)) // the program forgot Require
	// Output:
	// 403
	// 500
}

func ExampleWriteError() {
	w := httptest.NewRecorder()
	httpscope.WriteError(w, fmt.Errorf("tenant %q: %w", "acme", scope.ErrTenantSuspended))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	fmt.Print(w.Body)
	// Output:
	// 403 application/problem+json
	// {"title":"Forbidden","status":403}
}
