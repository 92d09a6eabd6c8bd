package around

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/vgarvardt/gue/v5"
)

// gueSchema is the file that gue's module has.
func gueSchema(t *testing.T) string {
	t.Helper()
	const module = "github.com/vgarvardt/gue/v5"
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "migrations", "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, provision.Config{DDL: provision.DDLString(documents + gueSchema(t))})
	w.tenants(t, "acme", "globex")
	db := w.open(t)
	client, err := NewGue(db)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []string{"acme", "globex"} {
		must(t, AddDocument(as(tenant), db, client, "plan"))
	}
	must(t, client.Enqueue(as("acme"), &gue.Job{Type: "archive", Args: []byte("none")}))
	var failures []error
	worker, err := WorkGue(client, func(err error) { failures = append(failures, err) })
	if err != nil {
		t.Fatal(err)
	}
	// Run is WorkOne in a loop. One worker may take turns, too.
	for _, want := range []bool{true, false} {
		if did := worker.WorkOne(as("globex")); did != want {
			t.Errorf("globex: worked %v, want %v", did, want)
		}
	}
	const archived, jobs = "SELECT coalesce(archived_by, '') FROM document", "SELECT count(*) FROM gue_jobs"
	if g, a := value[string](t, db, as("globex"), archived), value[string](t, db, as("acme"), archived); g != "u-globex" ||
		a != "" {
		t.Errorf("globex has archived as %q, acme as %q", g, a)
	}
	if g, a := value[int](t, db, as("globex"), jobs), value[int](t, db, as("acme"), jobs); g != 0 || a != 2 {
		t.Errorf("%d jobs of globex, %d of acme", g, a)
	}
	if len(failures) > 0 {
		t.Error(failures)
	}
	if worker.WorkOne(context.Background()) || len(failures) != 1 || !errors.Is(failures[0], scope.ErrNoUserContext) {
		t.Errorf("for nobody: %v", failures)
	}
	// On Bind gue needs no context, but a handler has none either.
	bound := driver.Bind(db, user("acme"))
	defer bound.Close()
	client, err = NewGue(bound)
	must(t, err)
	worker, err = WorkGue(client, func(err error) { t.Error(err) })
	must(t, err)
	if !worker.WorkOne(context.Background()) {
		t.Error("nothing to do for Bind")
	}
	const lasting = "SELECT string_agg(last_error, ' ') FROM gue_jobs"
	if got := value[string](t, db, as("acme"), lasting); !strings.Contains(got, "no UserContext") {
		t.Errorf("the handler's error is %q", got)
	}
}
