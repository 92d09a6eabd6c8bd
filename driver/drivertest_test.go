package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
)

// A test that has drivertest refuse a tenant sees the error that the server's refusal gives.
func TestDrivertestRefusesLikeTheServer(t *testing.T) {
	real := newWorld(t).open(t, 1)
	mocked, _, pins := drivertest.New(t, driver.Config{})
	pins.Refuse("mothballed", scope.ErrTenantSuspended)
	pins.Refuse("nobody", scope.ErrTenantNotProvisioned)
	operations := map[string]func(ctx context.Context, db *sql.DB) error{
		"exec": func(ctx context.Context, db *sql.DB) error {
			_, err := db.ExecContext(ctx, "DELETE FROM docbasket")
			return err
		},
		"query": func(ctx context.Context, db *sql.DB) error {
			_, err := seen(ctx, db)
			return err
		},
		"begin": func(ctx context.Context, db *sql.DB) error {
			_, err := db.BeginTx(ctx, nil)
			return err
		},
	}
	for _, tenant := range []string{"mothballed", "nobody"} {
		for name, operation := range operations {
			want, got := describe(operation(as(tenant), real)), describe(operation(as(tenant), mocked))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s as %s (-server +mock):\n%s", name, tenant, diff)
			}
		}
	}
}

// refusal is what a program can tell of an error.
type refusal struct {
	Text, Op, TenantID, Code, Severity, Message string
}

func describe(err error) refusal {
	r := refusal{Text: err.Error()}
	var refused *driver.Error
	if errors.As(err, &refused) {
		r.Op, r.TenantID = refused.Op, refused.TenantID
	}
	var raised *pgconn.PgError
	if errors.As(err, &raised) {
		r.Code, r.Severity, r.Message = raised.Code, raised.Severity, raised.Message
	}
	return r
}
