package oracle

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// The guard alone, through the driver, in a database without roles per tenant and with a superuser's login: every
// statement that the corpus says must be refused is, on each way into database/sql, and nothing has changed.
func TestGuardWallAlone(t *testing.T) {
	w := newWalls(t, true)
	c, err := driver.NewConnector(w.AdminDSN, driver.Config{Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u", TenantID: "acme"})
	var name string
	if err := db.QueryRowContext(ctx, "SELECT mark FROM mark").Scan(&name); err != nil || name != "acme" {
		t.Fatalf("the tenant sees the mark %q, %v", name, err)
	}
	all := w.refusedByGuard(t)
	for _, st := range all {
		for way, err := range ways(ctx, db, st) {
			if !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%s: %s: %s\n%v, want a denial", st.id, way, st.sql, err)
			}
		}
	}
	if diff := cmp.Diff(w.around, w.admin.lines(t, surroundings(t, w.admin))); diff != "" {
		t.Errorf("what is not the tenant's changed (-before +after):\n%s", diff)
	}
	t.Logf("PostgreSQL %d: %d statements refused", w.admin.major, len(all))
}

// ways sends a statement by every way that database/sql has and returns their errors.
func ways(ctx context.Context, db *sql.DB, st statement) map[string]error {
	args := make([]any, len(st.args))
	for i, arg := range st.args {
		if arg != nil {
			args[i] = string(arg)
		}
	}
	errs := map[string]error{}
	_, errs["Exec"] = db.ExecContext(ctx, st.sql, args...)
	rows, err := db.QueryContext(ctx, st.sql, args...)
	if err == nil {
		err = rows.Close()
	}
	errs["Query"] = err
	prepared, err := db.PrepareContext(ctx, st.sql)
	if err == nil {
		err = prepared.Close()
	}
	errs["Prepare"] = err
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		_, errs["Tx"] = tx.ExecContext(ctx, st.sql, args...)
		err = tx.Rollback()
	}
	if err != nil {
		errs["Tx"] = err
	}
	return errs
}
