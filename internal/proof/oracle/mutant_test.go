package oracle

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var tokens = regexp.MustCompile(`(?:[eE]|[uU]&)?'(?:[^']|'')*'|"[^"]*"|\$\d+|\w+|::|[-+*/<>=~!@#%^&|?:]+|\s+|.`)

// Statements of the corpus, refused ones above all, with tokens taken from one another: what the guard allows of them
// is held to the same as the honest ones.
func TestMutantsOnServer(t *testing.T) {
	db := world(t)
	g := newGuard(t)
	app, admin := pinned(t, db.AppDSN), pinned(t, db.AdminDSN)
	state, around := admin.lines(t, sessionState), admin.lines(t, surroundings(t, admin))
	var parents [][]string
	for _, st := range append(corpusOf(t, app.major), ownTests(t)...) {
		parents = append(parents, tokens.FindAllString(st.sql, -1))
	}
	n := tally{}
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		for range 200 {
			st := statement{id: "mutant", sql: mutant(r, parents)}
			if g.Check(tenant, st.sql) != nil || strings.Contains(st.sql, "SECRET") { // it would find its own words
				continue
			}
			got := app.inTransaction(t, st, "ROLLBACK")
			n[got.code]++
			if complaint := forbidden(got); complaint != "" {
				rt.Fatalf("as the tenant: %s\n%s", st.sql, complaint)
			}
			if got.code != "" {
				continue
			}
			if complaint := leak(admin.inTransaction(t, st, "ROLLBACK")); complaint != "" {
				rt.Fatalf("as a superuser: %s\n%s", st.sql, complaint)
			}
			if diff := cmp.Diff(state, admin.lines(t, sessionState)); diff != "" {
				rt.Fatalf("%s\nchanged the session, though it was rolled back (-before +after):\n%s", st.sql, diff)
			}
		}
	})
	if diff := cmp.Diff(around, admin.lines(t, surroundings(t, admin))); diff != "" {
		t.Errorf("what is not the tenant's changed (-before +after):\n%s", diff)
	}
	n.check(t, app.major)
}

// mutant changes one to three tokens of a statement.
func mutant(r *rand.Rand, parents [][]string) string {
	anyone := func() []string { return parents[r.IntN(len(parents))] }
	child := append([]string(nil), anyone()...)
	for range 1 + r.IntN(3) {
		if len(child) == 0 {
			break
		}
		at, donor := r.IntN(len(child)), anyone()
		if len(donor) == 0 {
			continue
		}
		from := r.IntN(len(donor))
		switch r.IntN(4) {
		case 0:
			child = append(child[:at], child[at+1:]...)
		case 1: // a stretch of another
			until := min(len(donor), from+1+r.IntN(6))
			child = append(child[:at:at], append(append([]string{" "}, donor[from:until]...), child[at:]...)...)
		default:
			child[at] = donor[from]
		}
	}
	return strings.Join(child, "")
}
