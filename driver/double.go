package driver

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/internal/pinseam"
	"github.com/docex/docex/internal/session"
)

// backendOf returns how a connection that is not pgx's is pinned.
func backendOf(inner sqldriver.Conn) session.Backend {
	if d, ok := inner.(pinseam.Pinner); ok {
		return double{d}
	}
	return statements{inner}
}

// double is a test double, which answers for a pin instead of running it.
type double struct{ pinseam.Pinner }

func (d double) Pin(ctx context.Context, t session.Target, _ string) error {
	return d.Pinner.Pin(ctx, pinseam.Pin{TenantID: t.Tenant, Schema: t.Schema})
}

// SetUser does nothing: the double has been told of the tenant.
func (d double) SetUser(context.Context, string) error { return nil }

// statements runs pins as statements.
type statements struct{ inner sqldriver.Conn }

func (s statements) Pin(ctx context.Context, _ session.Target, text string) error {
	return s.run(ctx, text)
}

func (s statements) SetUser(ctx context.Context, text string) error { return s.run(ctx, text) }

func (s statements) run(ctx context.Context, text string) error {
	if e, ok := s.inner.(sqldriver.ExecerContext); ok {
		if _, err := e.ExecContext(ctx, text, nil); err != sqldriver.ErrSkip {
			return err
		}
	}
	st, err := (&conn{inner: s.inner}).prepareInner(ctx, text)
	if err != nil {
		return err
	}
	if _, err = execStmt(ctx, st, nil); err != nil {
		_ = st.Close() // the statement's error is the one to report
		return err
	}
	return st.Close()
}
