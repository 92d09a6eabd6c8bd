package main

import (
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// A planner extension is found wherever it is loaded from for the application's role. The roles here never log in,
// since the library is not there.
func TestLoadsPlanner(t *testing.T) {
	db := pgtest.NewDB(t)
	admin := db.Admin(t)
	mine, other := db.AppRole+"_planner", db.AppRole+"_other"
	for _, statement := range []string{"CREATE ROLE " + mine, "CREATE ROLE " + other} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP ROLE " + mine + ", " + other); err != nil {
			t.Error(err)
		}
	})
	want := func(loaded bool) {
		t.Helper()
		if got, err := loadsPlanner(t.Context(), admin, mine); err != nil || got != loaded {
			t.Errorf("%t, %v, want %t", got, err, loaded)
		}
	}
	want(false)
	for _, set := range []struct {
		alter  string
		loaded bool
	}{
		{"ALTER ROLE " + other + " SET session_preload_libraries = 'pg_hint_plan'", false},
		{"ALTER ROLE " + mine + " IN DATABASE postgres SET session_preload_libraries = 'pg_hint_plan'", false},
		{"ALTER ROLE " + mine + " SET session_preload_libraries = 'auto_explain'", false},
		{"ALTER ROLE " + mine + " SET session_preload_libraries = 'auto_explain, pg_hint_plan'", true},
		{"ALTER ROLE " + mine + " RESET session_preload_libraries", false},
		{"ALTER ROLE " + mine + " IN DATABASE " + db.Name + " SET local_preload_libraries = 'pg_hint_plan'", true},
	} {
		if _, err := admin.Exec(set.alter); err != nil {
			t.Fatal(err)
		}
		want(set.loaded)
	}
}
