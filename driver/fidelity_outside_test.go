package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// outside are statements that PostgreSQL wants inside a transaction, as they come with a pin in front: pin and
// statement share an implicit transaction. In a simple Query PostgreSQL takes that for the block that it asks for. Each
// docex is the outcome where it differs from pgx's.
var outside = []struct{ query, docex string }{
	{"SAVEPOINT s", ""},
	{"ROLLBACK TO SAVEPOINT s", ""},
	{"RELEASE SAVEPOINT s", ""},
	{"COMMIT", ""},
	{"ROLLBACK", ""},
	{"SET CONSTRAINTS ALL DEFERRED", ""},
	{"SET TRANSACTION READ ONLY", ""},
	{"FETCH c", ""},
	{"CLOSE c", ""},
	{"DECLARE c CURSOR FOR SELECT 1", "ok"},  // and is closed at once
	{"LOCK TABLE kinds IN SHARE MODE", "ok"}, // and is released at once
	{"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", ""},
}

func TestOutsideATransactionAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		plain, db := w.pgxAs(t, role, 1, mode...), w.open(t, 1, mode...)
		for _, q := range outside {
			want := sqlState(as("acme"), plain, q.query)
			if want == q.docex {
				t.Errorf("%s: %s is not a difference from pgx", q.query, want)
			}
			mustExecAs(t, db, "globex", "SELECT 1")
			got := sqlState(as("acme"), db, q.query)
			if q.docex != "" {
				want = q.docex
			}
			if got != want {
				t.Errorf("%s: got %s, want %s", q.query, got, want)
			}
			mustExecAs(t, db, "acme", "UPDATE kinds SET t = 't' WHERE id = 2")
			wantSeen(t, db, "globex")
		}
	})
}

// sqlState is the SQLSTATE of a statement.
func sqlState(ctx context.Context, db *sql.DB, query string) string {
	_, err := db.ExecContext(ctx, query)
	var pgErr *pgconn.PgError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &pgErr):
		return pgErr.Code
	default:
		return err.Error()
	}
}

func mustExecAs(t *testing.T, db *sql.DB, tenant, query string) {
	t.Helper()
	if _, err := db.ExecContext(as(tenant), query); err != nil {
		t.Errorf("%s: %s: %v", tenant, query, err)
	}
}
