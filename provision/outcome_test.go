package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/scope"
)

// What was cut off is told from what was refused, and from what failed.
func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want Outcome
	}{
		{scope.ErrTenantNotProvisioned, Refused},
		{&DriftError{}, Refused},
		{fmt.Errorf("timeout: %w", context.DeadlineExceeded), Interrupted},
		{&pgconn.PgError{Code: "57P01"}, Interrupted},
		{&pgconn.PgError{Code: "23505"}, Failed},
		{&pgconn.PgError{Code: "57014"}, Failed}, // by somebody else: when docex cancels, its context has ended
		{errors.New("some other"), Failed},
		{fmt.Errorf("%w: %w", ErrOutcomeUnknown, &pgconn.PgError{Code: "XX000"}), Interrupted},
	} {
		if got := outcomeOf(&Error{Err: tt.err}); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.err, got, tt.want)
		}
	}
}

// An error of COMMIT leaves open what has happened when it is not the server's answer, and on Citus also when it is
// one, except of a constraint.
func TestCommitInDoubt(t *testing.T) {
	answer := func(severity, code string) error { return &pgconn.PgError{Severity: severity, Code: code} }
	for _, tt := range []struct {
		err          error
		local, citus bool // whether it is in doubt
	}{
		{nil, false, false},
		{answer("ERROR", "23505"), false, false},
		{answer("ERROR", "40001"), false, true},
		{answer("ERROR", "XX000"), false, true},
		{answer("ERROR", "57014"), false, true},
		{answer("FATAL", "57P01"), true, true},
		{io.ErrUnexpectedEOF, true, true},
		{fmt.Errorf("timeout: %w", context.DeadlineExceeded), true, true},
		{pgx.ErrTxCommitRollback, false, false},
		{context.Canceled, false, false}, // by database/sql, which has not sent it
		{sql.ErrTxDone, false, false},
	} {
		for distribution, want := range map[Distribution]bool{Local: tt.local, Citus: tt.citus} {
			got := installation{distribution: distribution}.committed(tt.err)
			if errors.Is(got, ErrOutcomeUnknown) != want || !errors.Is(got, tt.err) {
				t.Errorf("%s: %v: got %v, and in doubt should be %t", distribution, tt.err, got, want)
			}
		}
	}
}
