package driver_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// Provisioning through a guarded handle is refused at once, with what to open in its place.
func TestProvisionOnAGuardedHandle(t *testing.T) {
	opened, err := sql.Open(driver.Name, "postgres://localhost/none")
	if err != nil {
		t.Fatal(err)
	}
	mock, _ := mocked(t)
	for name, db := range map[string]*sql.DB{
		"opened":  opened,
		"wrapped": mock,
		"bound":   driver.Bind(opened, scope.UserContext{UserID: "u", TenantID: "acme"}),
	} {
		defer db.Close()
		const want = `docex: provision: new: this is a docex handle; open it with sql.Open("pgx", …) as the administrator`
		if _, err := provision.New(db, provision.Config{}); !errors.Is(err, provision.ErrDocexHandle) || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
