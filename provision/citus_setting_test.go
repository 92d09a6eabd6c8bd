package provision_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// Where citus.enable_schema_based_sharding is on for a database, Citus distributes each new schema. docex turns it off
// for all that it makes: a local tenant's tables could not be made there, and a Citus tenant's schema is distributed
// when it is finished. An event trigger stands for Citus here, and refuses what is made with the setting on.
func TestSchemasAreMadeWithCitusSettingOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`CREATE TABLE public.t (a integer)`, `CREATE SCHEMA watch`,
		`CREATE FUNCTION watch.see() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
		 IF current_setting('citus.enable_schema_based_sharding') <> 'off' THEN RAISE 'it would be distributed'; END IF;
		 END $$`,
		`CREATE EVENT TRIGGER see ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION watch.see()`,
		`ALTER DATABASE `+w.Name+` SET citus.enable_schema_based_sharding = on`)
	w.admin.SetMaxIdleConns(0) // the next session has the database's setting
	p := w.initialized(provision.Config{DDL: provision.DDLString(`CREATE TABLE t (a integer)`)})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Error(err)
	}
	if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "globex"}, "public"); err != nil {
		t.Error(err)
	}
	if _, err := w.admin.Exec(`CREATE SCHEMA by_hand`); err == nil || !strings.Contains(err.Error(), "distributed") {
		t.Errorf("the trigger sees nothing: %v", err)
	}
}
