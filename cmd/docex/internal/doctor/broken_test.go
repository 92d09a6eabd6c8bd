package doctor

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// leakSQL breaks the isolation of scratch tenants: what is written to the first one's table goes to the second one's
// too.
const leakSQL = `
CREATE FUNCTION leak() RETURNS event_trigger LANGUAGE plpgsql AS $leak$
DECLARE a text; b text;
BEGIN
    SELECT min(nspname), max(nspname) INTO a, b FROM pg_namespace WHERE nspname LIKE 'tenant_docex_doctor_%';
    IF a <> b AND to_regclass(format('%I.docex_doctor_probe', b)) IS NOT NULL THEN
        EXECUTE format('CREATE FUNCTION %1$I.leak() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $f$ BEGIN INSERT INTO %2$I.docex_doctor_probe VALUES (NEW.marker); RETURN NULL; END $f$;
            CREATE TRIGGER leak AFTER INSERT ON %1$I.docex_doctor_probe
              FOR EACH ROW EXECUTE FUNCTION %1$I.leak()', a, b);
    END IF;
END $leak$;
CREATE EVENT TRIGGER leak ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION leak()`

// run returns the findings that are not ok, by their checks.
func (w *world) run(t *testing.T) map[string]Finding {
	t.Helper()
	w.findings = nil
	if err := Run(t.Context(), w.options); err != nil {
		t.Fatal(err)
	}
	bad := map[string]Finding{}
	for _, f := range w.findings {
		if f.Status != OK {
			bad[f.Check] = f
		}
	}
	return bad
}

func (w *world) exec(t *testing.T, statements string) {
	t.Helper()
	if _, err := w.admin.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

func TestRowsOfAnotherTenant(t *testing.T) {
	t.Parallel()
	pgtest.SkipOnCitus(t, "the leak is a trigger, and it distributes no table with one")
	w := newWorld(t)
	w.exec(t, leakSQL)
	bad := w.run(t)
	for _, check := range []string{"isolation-rows", "isolation-burst"} {
		if f := bad[check]; f.Status != Failure || !strings.Contains(f.Detail, "sees rows of") {
			t.Errorf("%s: %+v", check, f)
		}
	}
	if left := strings.Join(w.left(t), "\n"); strings.Contains(left, "docex_doctor_") {
		t.Errorf("left behind:\n%s", left)
	}
}

// A tenant that cannot be suspended cannot be dropped either; doctor says which ones it had to leave, and the next one
// finds them.
func TestSuspensionWithoutEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(t, `
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state := 'active'; NEW.suspended_at := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER stay BEFORE UPDATE ON docex_system.tenant FOR EACH ROW EXECUTE FUNCTION stay()`)
	bad := w.run(t)
	if f := bad["isolation-suspend"]; f.Status != Failure {
		t.Errorf("isolation-suspend: %+v", f)
	}
	f := bad["isolation"]
	if f.Status != Failure || !strings.Contains(f.Detail, "the scratch tenants were not removed") {
		t.Errorf("isolation: %+v", f)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(f.Remedy, "docex tenant suspend "), " ")
	if err := scope.ValidateTenantID(id); err != nil || !scratchID.MatchString(id) {
		t.Errorf("the remedy names no tenant: %s", f.Remedy)
	}
	w.options.NoProof = true
	if f := w.run(t)["registry"]; !strings.Contains(f.Detail, id) {
		t.Errorf("registry, the next time: %+v", f)
	}
}

// Installations with one wall work, and doctor says at each place where the other one is missing.
func TestOneWall(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*provision.Config)
		want   []string
	}{
		"no roles per tenant": {func(c *provision.Config) { c.NoTenantRoles = true },
			[]string{"installation", "isolation-roles"}},
		"a superuser for everything": {func(c *provision.Config) { c.AppRole = "" },
			[]string{"app-attributes", "isolation-roles"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := newWorldWith(t, test.change).run(t)
			for check, f := range bad {
				switch f.Status {
				case Failure:
					t.Errorf("%s: %+v", check, f)
				case Skipped:
					delete(bad, check)
				}
			}
			if diff := cmp.Diff(test.want, slices.Sorted(maps.Keys(bad))); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
