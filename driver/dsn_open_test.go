package driver_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
)

// A DSN alone configures a handle, in both forms. The server, which refuses settings that it does not know, sees none.
func TestOpenWithSettings(t *testing.T) {
	w := newWorld(t)
	pc, err := pgx.ParseConfig(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	keyword := fmt.Sprintf("host='%s' port=%d user='%s' password='%s' dbname='%s' sslmode=disable",
		pc.Host, pc.Port, pc.User, pc.Password, pc.Database)
	const texts = "SELECT 1; SELECT 2"
	for form, dsn := range map[string]string{
		"URL": withParams(t, w.AppDSN, "docex_multi_statement", "true", "docex_pin", "session", "docex_max_tenants", "100",
			"docex_system_schema", `"docex_system"`, "docex_allow_settings", "work_mem", "docex_max_bytes", "1000"),
		"keyword": keyword + ` docex_multi_statement=true docex_pin = session docex_max_tenants=100 ` +
			`docex_system_schema='"docex_system"' docex_allow_settings='work_mem' docex_max_bytes=1000`,
	} {
		db, err := sql.Open(driver.Name, dsn)
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		t.Cleanup(func() { closeDB(t, db) })
		if _, err := db.ExecContext(as("acme"), texts); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		if _, err := db.ExecContext(as("acme"), "SELECT '"+strings.Repeat("x", 1000)+"'"); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%s: too long a statement: got %v", form, err)
		}
		wantClean(t, db)
	}
	if _, err := w.openConnector(t, 1, w.connector(t, driver.Config{})).ExecContext(as("acme"), texts); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("without settings: got %v", err)
	}
}
