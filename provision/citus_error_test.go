package provision

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// What Citus refuses is a matter of the DDL, and the error says what to do. What it does not refuse is passed on.
func TestCitusRefusal(t *testing.T) {
	for _, c := range []struct{ code, message, remedy string }{
		{"XX000", `cannot distribute relation "t" because it has triggers`, "leave triggers out"},
		{"XX000", "tables in a distributed schema cannot inherit or be inherited", "without INHERITS"},
		{"XX000", "foreign keys from distributed schemas can only point to the same distributed schema", "reference table"},
		{"0A000", "distributing multi-level partitioned tables is not supported", "one level"},
		{"0A000", "cannot create policy", "without a subquery"},
		{"0A000", `"table t" has dependency on unsupported object "type rg"`, "do without"},
		{"23514", `new row for relation "t_1" violates check constraint "c"`, "NOT VALID"},
		{"3F000", `schema "tenant_acme" does not exist`, "identity columns"},
		{"0A000", "something new", "its manual"},
	} {
		server := &pgconn.PgError{Code: c.code, Message: c.message}
		err := wrap("create", "acme", citusRefusal(server))
		var e *CitusError
		if !errors.As(err, &e) || e.Missing != "support" || !strings.Contains(e.Remedy, c.remedy) ||
			!errors.Is(err, ErrCitus) || !errors.Is(err, ErrDDL) || !errors.Is(err, server) ||
			!strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", c.message, err)
		}
	}
	for _, code := range []string{"57014", "40P01", "53200"} {
		if err := citusRefusal(&pgconn.PgError{Code: code}); errors.Is(err, ErrCitus) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// What a worker finds wrong with the syntax is Citus' doing, and what the server itself finds the DDL's.
func TestMisquoted(t *testing.T) {
	of := func(where string) error {
		return wrap("create", "a-b", &pgconn.PgError{Code: "42601", Message: `syntax error at or near "-"`, Where: where})
	}
	err := of("while executing command on w1:5432\nSQL statement")
	if !errors.Is(err, ErrCitus) || !errors.Is(err, ErrDDL) {
		t.Error(err)
	}
	if err := of("SQL statement while executing command on w1:5432"); errors.Is(err, ErrCitus) {
		t.Error(err)
	}
}

// Whatever operation meets a worker that is down, its error matches ErrCitus.
func TestWorkerIsDown(t *testing.T) {
	server := &pgconn.PgError{Code: "08006",
		Message: "connection to the remote node ops@127.0.0.1:5433 failed with the following error: Connection " +
			"refused\n\tIs it running?"}
	err := wrap("suspend", "acme", server)
	var e *CitusError
	if !errors.As(err, &e) || e.Missing != "worker" || !errors.Is(err, ErrCitus) || errors.Is(err, ErrDDL) ||
		!errors.Is(err, server) || strings.ContainsAny(err.Error(), "\n\t") {
		t.Error(err)
	}
	size := &pgconn.PgError{Code: "08006", Message: "cannot get the size because of a connection error"}
	if err := wrap("move", "acme", size); !errors.Is(err, ErrCitus) {
		t.Error(err)
	}
	if err := wrap("create", "acme", &pgconn.PgError{Code: "08006", Message: "server closed"}); errors.Is(err, ErrCitus) {
		t.Error(err)
	}
	if err := wrap("create", "acme", err); strings.Count(err.Error(), "cannot be reached") != 1 {
		t.Error(err)
	}
}
