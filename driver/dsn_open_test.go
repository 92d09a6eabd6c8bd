package driver_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/google/go-cmp/cmp"
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

// TestSplitNamesLikePostgres compares with PostgreSQL's own parse_ident: every text of up to five of these pieces, and
// whether it is one name, and which.
func TestSplitNamesLikePostgres(t *testing.T) {
	var texts []string
	last := []string{""}
	for range 5 {
		var longer []string
		for _, s := range last {
			for _, piece := range []string{"a", "Z", "1", `"`, " ", "é", "-"} {
				longer = append(longer, s+piece)
			}
		}
		texts, last = append(texts, longer...), longer
	}
	admin := pgtest.NewDB(t).Admin(t)
	mustExec(t, admin, `CREATE FUNCTION one_name(s text) RETURNS text LANGUAGE plpgsql AS $$
		BEGIN RETURN (parse_ident(s))[1]; EXCEPTION WHEN invalid_parameter_value THEN RETURN ''; END $$`)
	rows, err := admin.Query("SELECT s, one_name(s) FROM unnest($1::text[]) AS s", texts)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var s, want string
		if err := rows.Scan(&s, &want); err != nil {
			t.Fatal(err)
		}
		n++
		got, err := driver.SplitNames(s, false)
		if err != nil || len(got) == 0 {
			got = []string{""}
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
	if err := rows.Err(); err != nil || n != len(texts) {
		t.Errorf("%d of %d texts compared, %v", n, len(texts), err)
	}
}
