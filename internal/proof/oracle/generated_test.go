package oracle

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/sqlgen"
)

// Random honest statements are held to the same as those of the corpus: they need no permission outside the tenant's
// schema and show nothing of it to a superuser.
func TestGeneratedOnServer(t *testing.T) {
	db := world(t)
	p := policy
	p.Limits.MaxChain = sqlgen.MaxChain
	g, err := guard.New(p)
	if err != nil {
		t.Fatal(err)
	}
	app, admin := pinned(t, db.AppDSN), pinned(t, db.AdminDSN)
	state, around := admin.lines(t, sessionState), admin.lines(t, surroundings(t, admin))
	n := tally{}
	rapid.Check(t, func(rt *rapid.T) {
		for range 3 {
			st := statement{id: "generated", sql: sqlgen.Draw(rt).SQL}
			if err := g.Check(tenant, st.sql); err != nil {
				rt.Fatalf("refused: %s\n%v", st.sql, err)
			}
			got := app.inTransaction(t, st, "ROLLBACK")
			n[got.code]++
			if complaint := forbidden(got); complaint != "" {
				rt.Fatalf("as the tenant: %s\n%s", st.sql, complaint)
			}
			if strings.HasPrefix(got.code, "42") && got.code != codeCollation {
				t.Logf("%s: %s\n%s", got.code, got.text, st.sql)
			}
			if complaint := leak(admin.inTransaction(t, st, "ROLLBACK")); complaint != "" {
				rt.Fatalf("as a superuser: %s\n%s", st.sql, complaint)
			}
		}
	})
	if diff := cmp.Diff(state, admin.lines(t, sessionState)); diff != "" {
		t.Errorf("the session changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(around, admin.lines(t, surroundings(t, admin))); diff != "" {
		t.Errorf("what is not the tenant's changed (-before +after):\n%s", diff)
	}
	n.check(t, app.major)
}

const codeCollation = "42P21" // two COLLATE meet
