package provision_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// noDump stands for pg_dump where only the manifest matters.
func noDump(context.Context, provision.Dump) (provision.ArchiveFile, error) {
	return provision.ArchiveFile{SHA256: strings.Repeat("0", 64), Bytes: 1, Tool: "none"}, nil
}

// An archive that does not hold what its manifest says is refused, and nothing is left of it.
func TestImportComparesWithManifest(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	archive := a.opened("acme")
	for name, falsify := range map[string]func(m *provision.Manifest){
		"rows":     func(m *provision.Manifest) { m.Tables[0].Rows++ },
		"table":    func(m *provision.Manifest) { m.Tables = m.Tables[1:] },
		"sequence": func(m *provision.Manifest) { m.Sequences[0].LastValue += 100 },
		"definition": func(m *provision.Manifest) {
			m.Description = strings.Replace(m.Description, "'glad'", "'mad'", 1)
		},
		"object": func(m *provision.Manifest) { m.Description += "x\ty\tz\n" },
		"extension": func(m *provision.Manifest) {
			m.Extensions = []provision.ManifestExtension{{Name: "hstore", Schema: "x"}}
		},
		"digest": func(m *provision.Manifest) { m.Archive.SHA256 = "" },
		"format": func(m *provision.Manifest) { m.Format++ },
		"text":   func(m *provision.Manifest) { m.Description = "x" },
	} {
		m := archive.Manifest
		m.Tables, m.Sequences = append(m.Tables[:0:0], m.Tables...), append(m.Sequences[:0:0], m.Sequences...)
		falsify(&m)
		_, err := a.p.Import(t.Context(), m, archive.Section, provision.ImportOptions{ID: "copy"})
		wantIs(t, err, provision.ErrArchive)
		if _, err := a.p.Get(t.Context(), "copy"); !errors.Is(err, scope.ErrTenantNotProvisioned) {
			t.Errorf("%s: the tenant is there: %v", name, err)
		}
		if got := a.value(`SELECT to_regnamespace('tenant_copy')::text`); got != "" {
			t.Errorf("%s: schema %s is there", name, got)
		}
	}
}

// An archive that ends too early is not taken for one that has no more.
func TestImportOfHalfAnArchive(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	archive := a.opened("acme")
	for end, want := range map[string]string{
		"\\.\n": "it ends among rows", "line\\nof": "it ends among rows", "CREATE INDEX": "what was restored is not",
		"SET row_security": "printed nothing",
	} {
		half := func(ctx context.Context, schema string, s provision.Section, read func(io.Reader) error) error {
			return archive.Section(ctx, schema, s, func(r io.Reader) error {
				text, err := io.ReadAll(r)
				before, _, _ := strings.Cut(string(text), end)
				return errors.Join(err, read(strings.NewReader(before)))
			})
		}
		_, err := a.p.Import(t.Context(), archive.Manifest, half, provision.ImportOptions{ID: "copy"})
		wantIs(t, err, provision.ErrArchive)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("without what is behind %q: %v, want %q", end, err, want)
		}
	}
}

// A suspended tenant's archive has what was under way when it was suspended.
func TestExportWaitsForWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	if err := create(t.Context(), site{p: p, db: w.admin}, "acme"); err != nil {
		t.Fatal(err)
	}
	s := w.app()
	if err := s.pin("acme"); err != nil {
		t.Fatal(err)
	}
	s.must(`BEGIN; INSERT INTO docbasket (name) VALUES ('late')`)
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	var m provision.Manifest
	go func() {
		var err error
		m, err = p.Export(t.Context(), "acme", noDump)
		done <- err
	}()
	const waiting = `SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for w.value(waiting) == "0" {
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
	}
	s.must("COMMIT")
	if err := <-done; err != nil || m.Rows() != 1 {
		t.Errorf("%d rows, %v; want the one that was under way", m.Rows(), err)
	}
	holdsAll := func() bool {
		all, err := p.HoldsAll(t.Context(), "acme", m.Archive.SHA256)
		if err != nil {
			t.Error(err)
		}
		return all
	}
	if !holdsAll() {
		t.Error("the archive of a suspended tenant does not hold all")
	}
	if err := errors.Join(p.Resume(t.Context(), "acme"), p.Suspend(t.Context(), "acme")); err != nil {
		t.Fatal(err)
	}
	if holdsAll() {
		t.Error("the archive holds all, though the tenant was resumed since")
	}
}

// The refusals of Export are recorded, like all others.
func TestExportRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{})
	broken := errors.New("broken")
	fails := func(context.Context, provision.Dump) (provision.ArchiveFile, error) {
		return provision.ArchiveFile{}, broken
	}
	if err := create(t.Context(), site{p: p, db: w.admin}, "acme"); err != nil {
		t.Fatal(err)
	}
	if pgtest.Citus() {
		if err := p.Suspend(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.Export(t.Context(), "acme", fails)
	wantIs(t, err, broken)
	_, err = p.Export(t.Context(), "Acme", noDump)
	wantIs(t, err, scope.ErrInvalidTenantID)
	w.exec(`CREATE DOMAIN tenant_acme.lo AS oid; CREATE TABLE tenant_acme.file (content tenant_acme.lo)`,
		`INSERT INTO tenant_acme.file VALUES (lo_create(0))`)
	_, err = p.Export(t.Context(), "acme", noDump)
	wantIs(t, err, provision.ErrLargeObjects)
	w.exec(`DROP TABLE tenant_acme.file`,
		`ALTER TABLE tenant_acme.docbasket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`)
	_, err = p.Export(t.Context(), "acme", noDump) // it would not see all rows
	wantIs(t, err, provision.ErrPrivileges)
	w.exec(`ALTER SCHEMA tenant_acme RENAME TO away`)
	_, err = p.Export(t.Context(), "acme", noDump)
	wantIs(t, err, provision.ErrDrift)
	w.exec(`ALTER SCHEMA away RENAME TO tenant_acme`)
	const log = `SELECT string_agg(outcome, ' ' ORDER BY id) FROM docex_system.audit WHERE action = 'export'`
	if got := w.value(log); got != "failed refused failed refused" {
		t.Errorf("recorded: %s", got)
	}
	if all, err := p.HoldsAll(t.Context(), "acme", strings.Repeat("0", 64)); err != nil || all {
		t.Errorf("an export that failed holds all: %t %v", all, err)
	}
}

// Whoever stops reading a section stops pg_restore, which has more to say than fits into a pipe.
func TestSectionNotReadToTheEnd(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	archive := a.opened("acme")
	enough := errors.New("enough")
	err := archive.Section(t.Context(), "tenant_acme", provision.SectionData, func(io.Reader) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("the error is %v, want the reader's", err)
	}
	bad := func(ctx context.Context, schema string, s provision.Section, read func(io.Reader) error) error {
		return archive.Section(ctx, schema, s, func(r io.Reader) error {
			if s == provision.SectionData { // the server refuses the first row
				r = io.MultiReader(strings.NewReader("SET x = 1;\n\nCOPY tenant_copy.price FROM stdin;\n\tno number\n"), r)
			}
			return read(r)
		})
	}
	_, err = a.p.Import(t.Context(), archive.Manifest, bad, provision.ImportOptions{ID: "copy"})
	wantIs(t, err, provision.ErrArchive)
}
