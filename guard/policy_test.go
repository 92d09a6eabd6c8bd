package guard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

func TestNewRefuses(t *testing.T) {
	long := strings.Repeat("x", 64)
	for name, p := range map[string]guard.Policy{
		"empty shared schema":      {SharedSchemas: []string{""}},
		"pg_catalog":               {SharedSchemas: []string{"pg_catalog"}},
		"pg_temp":                  {ExtensionSchemas: []string{"pg_temp_3"}},
		"information_schema":       {SharedSchemas: []string{"information_schema"}},
		"a tenant":                 {SharedSchemas: []string{"tenant_globex"}},
		"a tenant with extensions": {ExtensionSchemas: []string{"tenant_globex"}},
		"$user":                    {SharedSchemas: []string{"$user"}},
		"too long":                 {SharedSchemas: []string{long}},
		"NUL":                      {SharedSchemas: []string{"a\x00b"}},
		"not UTF-8":                {SharedSchemas: []string{"a\xff"}},
		"twice":                    {SharedSchemas: []string{"ref", "ref"}},
		"in both lists":            {SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"ref"}},
		"refused function":         {AllowFunctions: []string{"set_config"}},
		"refused as tenant's":      {TenantFunctions: []string{"query_to_xml"}},
		"checked function":         {AllowFunctions: []string{"nextval"}},
		"reg type as function":     {AllowFunctions: []string{"regclass"}},
		"qualified function":       {AllowFunctions: []string{"ext.f"}},
		"shared as tenant's":       {TenantFunctions: []string{"pg_notify"}},
		"array of a refused type":  {AllowFunctions: []string{"_regclass"}},
		"empty function":           {TenantFunctions: []string{""}},
		"empty extension":          {Extensions: []string{""}},
		"unknown extension":        {Extensions: []string{"pg_cron"}},
		"unreviewed extension":     {Extensions: []string{"postgis"}},
		"refused extension":        {Extensions: []string{"dblink"}},
		"extension twice":          {Extensions: []string{"pg_trgm", "pg_trgm"}},
		"extension in upper case":  {Extensions: []string{"PG_TRGM"}},
		"search_path":              {AllowSettings: []string{"search_path"}},
		"what triggers trust":      {AllowSettings: []string{"docex.user_id"}},
		"role in upper case":       {AllowSettings: []string{"ROLE"}},
		"string lexing":            {AllowSettings: []string{"standard_conforming_strings"}},
		"all settings":             {AllowSettings: []string{"all"}},
		"empty setting":            {AllowSettings: []string{""}},
		"settings twice":           {AllowSettings: []string{"TimeZone", "timezone"}},
		"empty shared relation":    {SharedRelations: []string{""}},
		"unknown level":            {Catalog: guard.CatalogAll + 1},
	} {
		if g, err := guard.New(p); err == nil || g != nil {
			t.Errorf("%s: got (%v, %v), want an error only", name, g, err)
		}
	}
}

func TestTenantSchema(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	for _, schema := range []string{"", "pg_temp", "pg_catalog", "information_schema", "ref", strings.Repeat("x", 64),
		"a\x00", "a\xff"} {
		var d *guard.Denial
		if err := g.Check(schema, "SELECT 1"); !errors.As(err, &d) || d.Rule != guard.RuleTenantSchema {
			t.Errorf("schema %q: got %v, want a denial by tenant-schema", schema, err)
		}
	}
	for _, schema := range []string{"tenant_acme-2", "Tenant", `a"b`, "a.b"} {
		quoted := `"` + strings.ReplaceAll(schema, `"`, `""`) + `"`
		if err := g.Check(schema, "SELECT nextval('"+quoted+".s') FROM "+quoted+".t"); err != nil {
			t.Errorf("schema %q: %v", schema, err)
		}
		if err := g.Check(schema, "SELECT * FROM tenant_acme.t"); err == nil {
			t.Errorf("schema %q reads another tenant", schema)
		}
	}
}

func TestSharedRelations(t *testing.T) {
	v := verdicts(t, guard.Policy{SharedSchemas: []string{"ref"}, SharedRelations: []string{"countries", "country_seq"}})
	v.allow(`SELECT c.name FROM countries c, ref.countries d`)
	v.allow(`INSERT INTO tenant_acme.countries VALUES (1)`)
	v.allow(`WITH countries AS (SELECT 1) SELECT * FROM countries FOR UPDATE`)
	v.rule = guard.RuleSharedWrite
	v.deny(`INSERT INTO countries VALUES (1)`)
	v.deny(`WITH countries AS (SELECT 1) DELETE FROM countries`)
	v.deny(`SELECT * FROM countries c FOR UPDATE OF c`)
	v.deny(`LOCK countries IN SHARE MODE`)
	v.deny(`UPDATE ref.countries SET vat = 1`)
	v.rule = guard.RuleConstantName
	v.deny(`SELECT nextval('country_seq')`)
	v.deny(`SELECT nextval('country_seq_'::varchar(11))`)
	v.deny(`SELECT setval(pg_get_serial_sequence('countries', 'code'), 1)`)
}

func TestCatalogLevels(t *testing.T) {
	tables := `SELECT count(*) FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA() AND table_name = $1`
	columns := `SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a JOIN pg_class b ON ` +
		`a.attrelid = b.oid`
	sizes := `SELECT relname, 'documents'::regclass, pg_get_viewdef(oid) FROM pg_class, pg_proc`
	write := `UPDATE pg_settings SET setting = 'x'`

	v := verdicts(t, guard.Policy{Catalog: guard.CatalogORM})
	v.allow(tables)
	v.allow(columns)
	v.rule = guard.RuleSystemCatalog
	v.deny(sizes)
	v.deny(write)
	v.deny(`SELECT * FROM pg_stat_activity`)
	v.deny(`SELECT * FROM pg_class FOR UPDATE`)
	v.rule = guard.RuleFunction
	v.deny(`SELECT set_config('search_path', 'x', false)`)

	v = verdicts(t, guard.Policy{Catalog: guard.CatalogAll})
	v.allow(tables)
	v.allow(columns)
	v.allow(sizes)
	v.allow(`SELECT * FROM citus_tables`)
	v.rule = guard.RuleSystemCatalog
	v.deny(write)
	v.rule = guard.RuleFunction
	v.deny(`SELECT query_to_xml('SELECT 1', true, true, '')`)
	v.deny(`SELECT pg_advisory_lock(1)`)
	v.rule = guard.RuleConstantName
	v.deny(`SELECT nextval(oid::regclass) FROM pg_class`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT nextval('tenant_globex.s'::regclass)`)
	v.deny(`SELECT * FROM tenant_globex.documents`)
}

// What PostgreSQL 15 takes for a call is one of the tenant's own functions, unless other schemas are on the path.
func TestSyntaxThatWasACall(t *testing.T) {
	statements := []string{
		`SELECT json_array(1, 'a'), JSON_ARRAY()`, `SELECT json_arrayagg(id ORDER BY id) FROM documents`,
	}
	for _, sql := range statements {
		verdicts(t, guard.Policy{}).allow(sql)
		for _, p := range []guard.Policy{{ExtensionSchemas: []string{"ext"}}, {SharedSchemas: []string{"ref"}}} {
			v := verdicts(t, p)
			v.rule = guard.RuleUnknownFunction
			v.deny(sql)
			p.AllowFunctions = []string{"json_array", "json_arrayagg"}
			verdicts(t, p).allow(sql)
		}
	}
	v := verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}})
	v.allow(`SELECT JSON_ARRAY(1 NULL ON NULL), JSON_ARRAY(1 RETURNING jsonb), JSON_OBJECT('a': 1), '1' IS JSON`)
}

func TestSettings(t *testing.T) {
	v := verdicts(t, guard.Policy{AllowSettings: []string{"statement_timeout", "TimeZone"}})
	v.allow(`SET LOCAL statement_timeout = 100`)
	v.allow(`SET "Statement_Timeout" TO '1s'`)
	v.allow(`SET TIME ZONE 'UTC'`)
	v.allow(`SET TIME ZONE INTERVAL '1' HOUR`)
	v.allow(`RESET statement_timeout`)
	v.allow(`SHOW timezone`)
	v.rule = guard.RuleSetting
	v.deny(`/*+ Set(statement_timeout 100) */ SELECT 1`)
	v.deny(`SET lock_timeout = 1`)
	v.deny(`SHOW work_mem`)
	v.deny(`SET ROLE x`)
	v.deny(`SET seed = 0.5`)
	v.deny(`SET LOCAL transaction_isolation = 'serializable'`)
	v.rule = guard.RuleUnsupported
	v.deny(`SET statement_timeout TO $1`)
}

// A setting that no RESET ALL resets would be the next tenant's, too.
func TestLastingSettings(t *testing.T) {
	for _, name := range []string{"seed", "Seed", "transaction_isolation", "role"} {
		if _, err := guard.New(guard.Policy{AllowSettings: []string{name}}); err == nil {
			t.Errorf("%s may be set", name)
		}
	}
}
