package pgserver

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// The server lets nobody in but by the password, and has it proved by SCRAM.
func TestPassword(t *testing.T) {
	s := start(t)
	u, err := url.Parse(s.DSN("postgres") + "&require_auth=scram-sha-256")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgconn.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
	password, _ := u.User.Password()
	u.User = url.UserPassword(u.User.Username(), password+"x")
	_, err = pgconn.Connect(t.Context(), u.String())
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != "28P01" { // invalid_password
		t.Errorf("another password: %v, want it refused", err)
	}
	if got := ask(t, s, "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'"); !strings.HasPrefix(got,
		"SCRAM-SHA-256$1:") {
		t.Errorf("the server stores %q, want one round", got)
	}
}
