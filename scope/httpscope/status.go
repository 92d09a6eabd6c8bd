package httpscope

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"

	"github.com/docex/docex/scope"
)

// StatusClientClosedRequest is what [Status] returns where the client has gone before the answer. No client sees it; it
// keeps such requests out of the counts of 4xx and 5xx that people look at. The number is nginx's.
const StatusClientClosedRequest = 499

// statuses are in the order in which they are looked for.
var statuses = []struct {
	err    error
	status int
}{
	{ErrUnauthenticated, http.StatusUnauthorized},
	{ErrForbidden, http.StatusForbidden},
	{scope.ErrTenantNotProvisioned, http.StatusForbidden},
	{scope.ErrTenantSuspended, http.StatusForbidden},
	{scope.ErrSystemTenant, http.StatusForbidden},
	{scope.ErrInvalidUserContext, http.StatusBadRequest},
	{scope.ErrInvalidTenantID, http.StatusBadRequest},
	{scope.ErrNotInitialized, http.StatusServiceUnavailable},
	{scope.ErrUpgradeRequired, http.StatusServiceUnavailable},
	{context.Canceled, StatusClientClosedRequest},
	{context.DeadlineExceeded, http.StatusGatewayTimeout},
}

// states are SQLSTATEs that are nobody's mistake (PostgreSQL manual, appendix A).
var states = map[string]int{
	"53300": http.StatusServiceUnavailable, // too_many_connections
	"57P03": http.StatusServiceUnavailable, // cannot_connect_now: the server starts or stops
	"57014": http.StatusGatewayTimeout,     // query_canceled: statement_timeout
}

// Status returns the HTTP status for an error of the driver's, of [Enter], or of a handler that wraps one:
//
//	200  err is nil
//	400  scope.ErrInvalidUserContext, scope.ErrInvalidTenantID
//	401  ErrUnauthenticated
//	403  ErrForbidden, scope.ErrTenantNotProvisioned, scope.ErrTenantSuspended, scope.ErrSystemTenant
//	499  the request's context was cancelled
//	503  no connection, scope.ErrNotInitialized, scope.ErrUpgradeRequired
//	504  the context's deadline, the server's statement_timeout
//	500  every other error
//
// A tenant that does not exist and one that is suspended have one status, so that nobody can try names. 500 is also for
// what only the program can be blamed for: scope.ErrNoUserContext, a tenant mixed up with another in the handler
// (scope.ErrTenantMismatch), and a statement that the guard refuses (guard.ErrDenied). It is for
// driver.ErrOutcomeUnknown too, since a 503 would ask clients to repeat the request.
//
// What a server error such as a unique violation means is the application's to say: look for it first.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	if state, ok := errors.AsType[sqlState](err); ok && states[state.SQLState()] != 0 {
		return states[state.SQLState()]
	}
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// sqlState is what pgx's server errors have.
type sqlState interface {
	error
	SQLState() string
}

// problem is the answer's body (RFC 9457, section 3.1). Its type is "about:blank", which needs not be said.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
}

// WriteError answers with the [Status] of err and a body of type application/problem+json (RFC 9457) that holds the
// status and its name. Nothing of err is in it: no id, name or SQL. Log err where it occurs.
//
// A 401 must name a way to authenticate (RFC 9110, section 11.6.1): set the header WWW-Authenticate before, or it says
// "Bearer". WriteError must be the first to write to w, and the handler should return after it. A nil err is answered
// with 500, since there was to be an error.
func WriteError(w http.ResponseWriter, err error) {
	status := Status(err)
	if err == nil {
		status = http.StatusInternalServerError
	}
	p := problem{http.StatusText(status), status}
	if status == StatusClientClosedRequest {
		p.Title = "Client Closed Request"
	}
	body, _ := json.Marshal(p) // a string and a number
	h := w.Header()
	h.Del("Content-Length") // it was for another body
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client has gone
}
