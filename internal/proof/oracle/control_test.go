package oracle

import (
	"slices"
	"testing"
)

// The oracle sees what it is there for: each statement is one that the guard refuses, and is found out when it runs.
func TestOracleSees(t *testing.T) {
	db := world(t)
	g := newGuard(t)
	refused := func(sql string) statement {
		t.Helper()
		if g.Check(tenant, sql) == nil {
			t.Errorf("allowed: %s", sql)
		}
		return statement{id: "control", sql: sql}
	}

	app := pinned(t, db.AppDSN)
	for _, sql := range []string{
		`SELECT name FROM tenant_globex.documents`, `SELECT api_key FROM docex_system.tenants`,
		`SELECT relname FROM pg_class`,
		`SELECT table_name FROM information_schema.tables`, `INSERT INTO ref.currencies VALUES ('XXX', 'x')`,
		`SELECT nextval('tenant_globex.doc_number_seq')`,
		`SELECT x.to_regtype FROM unnest(ARRAY['int4']) x`, `SELECT pg_advisory_lock(1)`,
		`SELECT tenant_globex.get_secret()`,
	} {
		if got := app.inTransaction(t, refused(sql), "ROLLBACK"); forbidden(got) == "" {
			t.Errorf("as the tenant: not found out: %s: %+v", sql, got)
		}
	}

	admin := pinned(t, db.AdminDSN)
	for _, sql := range []string{
		`SELECT name FROM tenant_globex.documents`, `SELECT ('x' || name)::int FROM tenant_globex.documents`,
		`SELECT tenant_globex.get_secret()`,
		`SELECT 1 OPERATOR(tenant_globex.@+) 2`,
		`SELECT query_to_xml('SELECT api_key FROM docex_system.tenants', true, true, '')`,
		`DO $$ BEGIN RAISE NOTICE '%', tenant_globex.get_secret(); END $$`,
	} {
		if got := admin.inTransaction(t, refused(sql), "ROLLBACK"); leak(got) == "" {
			t.Errorf("as a superuser: not found out: %s: %+v", sql, got)
		}
	}

	for _, sql := range []string{
		`SET search_path = tenant_globex`, `SET work_mem = '1MB'`, `SELECT set_config('work_mem', '1MB', false)`, `LISTEN x`,
		`DECLARE c CURSOR WITH HOLD FOR SELECT 1`, `PREPARE p AS SELECT 1`, `CREATE TEMP TABLE t (a int)`,
		`SELECT pg_advisory_lock(1)`,
	} {
		s := pinned(t, db.AdminDSN) // a new one, which remembers nothing of the others
		before := s.lines(t, sessionState)
		if got := s.inTransaction(t, refused(sql), "COMMIT"); got.code != "" ||
			slices.Equal(before, s.lines(t, sessionState)) {
			t.Errorf("session state: not found out: %s: %+v", sql, got)
		}
	}

	for _, sql := range []string{
		`UPDATE tenant_globex.scratch SET v = 'x'`, `SELECT nextval('tenant_globex.doc_number_seq')`, `SELECT lo_create(0)`,
		`CREATE TABLE public.t (a int)`, `COMMENT ON TABLE ref.countries IS 'x'`,
	} {
		before := admin.lines(t, surroundings(t, admin))
		if got := admin.inTransaction(t, refused(sql), "COMMIT"); got.code != "" ||
			slices.Equal(before, admin.lines(t, surroundings(t, admin))) {
			t.Errorf("surroundings: not found out: %s: %+v", sql, got)
		}
	}
}
