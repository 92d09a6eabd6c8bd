package pgerr

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// What an error says, wrapped or not.
func TestErrors(t *testing.T) {
	server := func(severity, code string) error { return &pgconn.PgError{Severity: severity, Code: code} }
	for _, tt := range []struct {
		name                       string
		err                        error
		revoked, unparsed, answers bool
	}{
		{"none", nil, false, false, false},
		{"of the network", errors.New("broken pipe"), false, false, false},
		{"a syntax error", server("ERROR", "42601"), false, false, true},
		{"no right", server("ERROR", "42501"), true, false, true},
		{"no table", server("ERROR", "42P01"), true, false, true},
		{"no role", server("ERROR", NoRole), true, false, true},
		{"the end of the session", server("FATAL", Terminated), false, false, false},
		{"the server's end", server("PANIC", "XX000"), false, false, false},
		{"fatal, in another language", &pgconn.PgError{Severity: "FATAL", SeverityUnlocalized: "ERROR"}, false, false, false},
		{"not parsed", &pgconn.PrepareError{}, false, true, false},
		{"parsed, and not described", &pgconn.PrepareError{ParseComplete: true}, false, false, false},
	} {
		err := tt.err
		for range 2 {
			if IsRevoked(err) != tt.revoked || IsUnparsed(err) != tt.unparsed || IsAnswer(err) != tt.answers {
				t.Errorf("%s: revoked %t, unparsed %t, answer %t", tt.name, IsRevoked(err), IsUnparsed(err), IsAnswer(err))
			}
			err = fmt.Errorf("wrapped: %w", tt.err)
		}
	}
	if !IsViolation(server("ERROR", "23505")) || IsViolation(server("ERROR", "42501")) ||
		IsViolation(errors.New("23505")) {
		t.Error("a violation is not what it is")
	}
	if err := server("ERROR", NoStatement); !Is(err, Terminated, NoStatement) || Is(err, Terminated) || Is(err) {
		t.Error("a code is taken for another")
	}
}
