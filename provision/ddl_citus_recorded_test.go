package provision_test

import (
	"context"
	"errors"
	"testing"

	"github.com/docex/docex/provision"
)

// Where only the registry says that tenants are on Citus, a DDL that cannot be there is refused by the first call that
// would make something of it.
func TestDDLForRecordedCitus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const ddl = `CREATE TABLE t (a integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RETURN NEW; END';
 CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();`
	p := w.initialized(provision.Config{DDL: provision.DDLString(ddl)})
	w.exec(`UPDATE docex_system.installation SET distribution = 'citus'`)
	ctx, before := t.Context(), w.objects()
	for name, call := range map[string]func(ctx context.Context) error{
		"init":   p.Init,
		"create": func(ctx context.Context) error { _, err := p.Create(ctx, provision.Tenant{ID: "acme"}); return err },
	} {
		err := call(ctx)
		var refused *provision.DDLError
		if !errors.As(err, &refused) || len(refused.Problems) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := refused.Problems[0]; got.Rule != "citus-trigger" || got.Line != 3 || got.Column != 2 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if after := w.objects(); after != before {
		t.Errorf("made %s", after)
	}
	plain := w.provisioner(provision.Config{DDL: provision.DDLString(`CREATE TABLE t (a integer)`)})
	if _, err := plain.Create(ctx, provision.Tenant{ID: "acme"}); !errors.Is(err, provision.ErrCitus) {
		t.Errorf("a DDL without a trigger: %v", err)
	}
}
