package drivertest_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/scope"
)

// The errors of a new installation say which command comes first.
func TestRefusalsNameTheCommand(t *testing.T) {
	db, _, pins := drivertest.New(t, driver.Config{})
	for refused, want := range map[error]string{
		scope.ErrTenantNotProvisioned: "docex tenant create acme makes it",
		scope.ErrNotInitialized:       "see docex init",
	} {
		pins.Refuse("acme", refused)
		_, err := db.ExecContext(as("acme"), "DELETE FROM document")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
}

// An id that no tenant can have is a mistake of the test's.
func TestRefuseInvalidID(t *testing.T) {
	r := newT()
	_, _, pins := drivertest.New(r, driver.Config{})
	pins.Refuse("ACME", nil)
	pins.Refuse("acme", nil)
	r.report.end()
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], `Refuse("ACME"): docex: invalid tenant id: 'A'`) {
		t.Errorf("errors: %q", r.errors)
	}
}
