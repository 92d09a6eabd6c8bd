package sqlx

import (
	"errors"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/examples/sqlx/before/store"
	"github.com/docex/docex/scope"
)

// TestPreparedAtStart: before's way of preparing statements is refused, as the page says, and so is a statement that
// one tenant prepared and another executes.
func TestPreparedAtStart(t *testing.T) {
	plain, mock, _ := drivertest.New(t, driver.Config{})
	plain.SetMaxOpenConns(1)
	db := sqlx.NewDb(plain, driver.Name)
	if _, err := store.New(db); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("prepared for nobody: %v, want ErrNoUserContext", err)
	}
	mock.ExpectPrepare("SELECT name FROM basket")
	acme := scope.With(t.Context(), scope.UserContext{UserID: "ann", TenantID: "acme"})
	stmt, err := db.PreparexContext(acme, "SELECT name FROM basket")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	globex := scope.With(t.Context(), scope.UserContext{UserID: "gus", TenantID: "globex"})
	if err := stmt.SelectContext(globex, &[]string{}); !errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("executed for another tenant: %v, want ErrTenantMismatch", err)
	}
}
