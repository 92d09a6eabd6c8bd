package provision

import (
	"context"
	"errors"
	"fmt"
	"testing"

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
	} {
		if got := outcomeOf(&Error{Err: tt.err}); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.err, got, tt.want)
		}
	}
}
