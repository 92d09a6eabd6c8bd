package provision_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

var newArchive = flag.Bool("new-archive", false, "make testdata/archive15 anew; needs PostgreSQL 15")

// TestImportFromOlderServer: an archive of PostgreSQL 15 becomes a tenant on the server at hand, with every object that
// the same DDL makes there. The administrator is no superuser.
func TestImportFromOlderServer(t *testing.T) {
	pgtest.SkipOnCitus(t, "the archive has triggers")
	t.Parallel()
	w := newWorld(t)
	w.admin, w.AdminDSN = w.operator("CREATEROLE"), w.as("operator_"+w.Name, "operator")
	a := archives{world: w, p: w.initialized(everythingConfig())}
	var err error
	if a.tools, err = pgarchive.Find("", w.AdminDSN); err != nil {
		t.Fatal(err)
	}
	pgtest.Clients(t, pgtest.Server(t))
	a.source("reference")
	file := filepath.Join("testdata", "archive15", "acme.dump")
	if *newArchive {
		a.source("acme")
		if _, err := a.tools.Export(t.Context(), a.p, "acme", file, pgarchive.Options{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		t.Skip("made anew")
	}
	archive, err := a.tools.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	reference, err := a.p.Export(t.Context(), "reference", noDump)
	if err != nil {
		t.Fatal(err)
	}
	m := archive.Manifest // of the docex that made it, whose descriptions may be other ones
	m.Describer, m.Description = reference.Describer, reference.Description
	done, err := a.p.Import(t.Context(), m, archive.Section, provision.ImportOptions{ID: "later"})
	if err != nil {
		t.Fatal(err)
	}
	want := provision.DepthNames
	if pgtest.Server(t).Version()/10000 == 15 {
		want = provision.DepthDefinitions
	}
	if done.Compared != want {
		t.Errorf("compared: %s, want %s", done.Compared, want)
	}
	if err := a.p.Verify(t.Context(), "later"); err != nil {
		t.Error(err)
	}
	timeless := strings.Replace(contents, "json_agg(i ORDER", "json_agg(to_jsonb(i) - 'made' ORDER", 1)
	if d := cmp.Diff(a.in("reference", timeless), a.in("later", timeless)); d != "" {
		t.Errorf("the import differs: %s", d)
	}
	m.Describer = "another docex's"
	last := provision.ImportOptions{ID: "last", Suspended: true}
	if done, err = a.p.Import(t.Context(), m, archive.Section, last); err != nil || done.Compared !=
		provision.DepthRowCounts {
		t.Errorf("compared: %s, %v", done.Compared, err)
	}
	if err := a.p.Verify(t.Context(), "last"); err != nil {
		t.Error(err)
	}
}
