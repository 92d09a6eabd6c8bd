package driver

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/internal/session"
)

// backendOf returns how a connection that is not pgx's is pinned. A test double answers for that itself; nothing
// outside this module can, because the parameters' types are internal.
func backendOf(inner sqldriver.Conn) session.Backend {
	if b, ok := inner.(session.Backend); ok {
		return b
	}
	return statements{inner}
}

// statements runs pins as statements.
type statements struct{ inner sqldriver.Conn }

func (s statements) Pin(ctx context.Context, _ session.Target, text string) error {
	if e, ok := s.inner.(sqldriver.ExecerContext); ok {
		if _, err := e.ExecContext(ctx, text, nil); err != sqldriver.ErrSkip {
			return err
		}
	}
	st, err := (&serverConn{inner: s.inner}).prepareInner(ctx, text)
	if err != nil {
		return err
	}
	if _, err = execStmt(ctx, st, nil); err != nil {
		_ = st.Close() // the statement's error is the one to report
		return err
	}
	return st.Close()
}
