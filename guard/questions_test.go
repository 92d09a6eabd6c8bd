package guard_test

import (
	"testing"

	"github.com/docex/docex/guard"
)

// Questions about own objects pass where the answer meets no other value.
func TestQuestionsAboutOwnObjects(t *testing.T) {
	v := verdicts(t, guard.Policy{SharedSchemas: []string{"ref"}, SharedRelations: []string{"countries"}})
	v.allow(`SELECT 'documents'::regclass::oid, 'tenant_acme.documents'::regclass::text, CAST(regclass 'x' AS varchar)`)
	v.allow(`SELECT '"Documents"'::regclass::pg_catalog.oid, 'documents'::text::regclass::text::varchar(10)`)
	v.allow(`SELECT 'documents'::regclass IS NULL, to_regclass('documents') IS NOT NULL`)
	v.allow(`SELECT to_regclass('documents')::text, pg_catalog.to_regclass('tenant_acme.documents')::oid`)
	v.allow(`SELECT pg_relation_size('documents'), pg_relation_size('documents'::regclass, 'fsm')`)
	v.allow(`SELECT pg_size_pretty(pg_total_relation_size(to_regclass('documents')))`)
	v.allow(`SELECT pg_table_size('documents') + pg_indexes_size('tenant_acme.documents')`)
	v.allow(`SELECT pg_typeof($1)::text, pg_typeof(name)::varchar, pg_typeof(d)::oid FROM documents d`)
	v.allow(`SELECT pg_typeof(n) IS NULL FROM documents`)
	v.allow(`SELECT id FROM documents d WHERE d.n = 'documents'::regclass OR 'documents'::regclass <> id`)
	v.allow(`SELECT id FROM documents WHERE n IN ('documents'::regclass, 'tenant_acme.folders'::regclass)`)
	v.allow(`SELECT id FROM documents WHERE n NOT IN (CAST('documents' AS regclass))`)

	v.rule = guard.RuleType
	v.deny(`SELECT 'documents'::regclass`)
	v.deny(`SELECT 'documents'::regclass = 'tenant_globex.documents'`)
	v.deny(`SELECT 'pg_class'::regclass::oid`)
	v.deny(`SELECT 'countries'::regclass::oid`) // a shared one
	v.deny(`SELECT '16384'::regclass::text`)    // whoever's number
	v.deny(`SELECT '-'::regclass::text`)
	v.deny(`SELECT 'corpus.tenant_acme.documents'::regclass::text`)
	v.deny(`SELECT $1::regclass::oid`)
	v.deny(`SELECT name::regclass::text FROM documents`)
	v.deny(`SELECT 16384::regclass::text`)
	v.deny(`SELECT 'documents'::regclass::oid::regclass`)
	v.deny(`SELECT 'documents'::regclass::regproc::text`)
	v.deny(`SELECT '{documents}'::regclass[]::text`)
	v.deny(`SELECT ('documents'::regclass COLLATE "C")::text`)
	v.deny(`SELECT (CASE WHEN true THEN 'documents'::regclass ELSE 'tenant_globex.x' END)::text`)
	v.deny(`SELECT coalesce('documents'::regclass, 'tenant_globex.x')::text`)
	v.deny(`SELECT (SELECT 'documents'::regclass)::text`)
	v.deny(`SELECT ('documents'::regclass, 1) IS NULL`)
	v.deny(`SELECT 'documents'::regclass::text[]`)
	v.deny(`SELECT 'documents'::regclass::name`)
	v.deny(`SELECT 'documents'::regclass::tenant_acme.text`)
	v.deny(`SELECT 'documents'::regtype::text`)
	v.deny(`SELECT 'documents'::regclass IS NOT DISTINCT FROM 'tenant_globex.x'`)
	v.deny(`SELECT 'documents'::regclass IN ('tenant_globex.x')`)
	v.deny(`SELECT nullif('documents'::regclass, 'tenant_globex.x')::text`)
	v.deny(`SELECT text('documents'::regclass)`)

	v.deny(`SELECT id FROM documents WHERE n IN ('documents'::regclass, 'tenant_globex.x')`)
	v.deny(`SELECT id FROM documents WHERE n IN ('documents'::regclass, $1)`)
	v.deny(`SELECT id FROM documents WHERE 'documents'::regclass IN (n, 'tenant_globex.x')`)
	v.deny(`SELECT id FROM documents WHERE (n, 1) = ('documents'::regclass, 1)`)
	v.deny(`SELECT id FROM documents WHERE n > 'documents'::regclass`)
	v.deny(`SELECT id FROM documents WHERE (SELECT n) = 'documents'::regclass`)
	v.deny(`SELECT id FROM documents WHERE n = ANY (ARRAY['documents'::regclass, 'tenant_globex.x'])`)
	v.deny(`SELECT id FROM documents WHERE n BETWEEN 'documents'::regclass AND 'tenant_globex.x'`)
	v.deny(`SELECT id FROM documents WHERE $1 = 'documents'::regclass`)
	v.rule = guard.RuleFunction
	v.deny(`SELECT to_regclass('documents')`)
	v.deny(`SELECT to_regclass('documents') = 'tenant_globex.documents'`)
	v.deny(`VALUES (to_regclass('documents')), ('tenant_globex.documents')`)
	v.deny(`SELECT pg_typeof(1)`)
	v.deny(`SELECT pg_typeof(1) = 'tenant_globex.documents'`)
	v.deny(`SELECT coalesce(pg_typeof(1), 'x')::text`)
	v.deny(`SELECT pg_typeof(1) UNION SELECT 'tenant_globex.documents'`)
	v.deny(`SELECT to_regtype('int')::text, to_regnamespace('x') IS NULL`)
	v.deny(`SELECT pg_database_size('corpus')`)

	v.rule = guard.RuleConstantName
	v.deny(`SELECT to_regclass($1) IS NULL`)
	v.deny(`SELECT to_regclass(name)::text FROM documents`)
	v.deny(`SELECT to_regclass('pg_class') IS NULL`)
	v.deny(`SELECT to_regclass('countries') IS NULL`)
	v.deny(`SELECT to_regclass('123') IS NULL`)
	v.deny(`SELECT pg_relation_size($1)`)
	v.deny(`SELECT pg_relation_size(16384)`)
	v.deny(`SELECT pg_relation_size('16384')`)
	v.deny(`SELECT pg_relation_size(relation => 'documents')`)
	v.deny(`SELECT pg_total_relation_size(oid) FROM documents`)

	v.rule = guard.RuleSchema
	v.deny(`SELECT 'tenant_globex.documents'::regclass::text`)
	v.deny(`SELECT 'tenant_globex.documents'::regclass IS NULL`)
	v.deny(`SELECT id FROM documents WHERE n IN ('documents'::regclass, 'tenant_globex.x'::regclass)`)
	v.deny(`SELECT to_regclass('tenant_globex.documents') IS NULL`)
	v.deny(`SELECT pg_relation_size('tenant_globex.documents')`)
	v.deny(`SELECT pg_relation_size(to_regclass('tenant_globex.documents'))`)

	v.rule = guard.RuleFieldCall
	v.deny(`SELECT (d.name).pg_typeof FROM documents d`)
	v.deny(`SELECT (d.name).to_regclass FROM documents d`)
	v.deny(`SELECT (d.n).pg_total_relation_size FROM documents d`)
	v.deny(`SELECT (d.name).current_setting FROM documents d`)
}

// Settings that are the same for everyone, and who the tenant is, may be read.
func TestQuestionsAboutSettings(t *testing.T) {
	v := verdicts(t, guard.Policy{AllowSettings: []string{"work_mem"}})
	for _, name := range []string{"server_version", "server_version_num", "max_identifier_length", "TimeZone",
		"lc_collate", "statement_timeout", "docex.tenant_id", "docex.user_id", "work_mem", "Work_Mem",
		"yb_enable_listen_notify"} {
		v.allow(`SELECT current_setting('` + name + `')`)
		v.allow(`SELECT current_setting('` + name + `', true)`)
		v.allow(`SHOW ` + name)
	}
	v.allow(`SHOW TIME ZONE`)
	v.allow(`SELECT pg_catalog.current_setting('timezone'::text)`)
	v.rule = guard.RuleSetting
	for _, name := range []string{"search_path", "role", "session_authorization", "data_directory", "hba_file",
		"shared_preload_libraries", "app.token", "primary_conninfo", "docex.other", "listen_addresses", ""} {
		v.deny(`SELECT current_setting('` + name + `', true)`)
	}
	v.deny(`SELECT current_setting($1)`)
	v.deny(`SELECT current_setting('time' || 'zone')`)
	v.deny(`SELECT current_setting(name) FROM documents`)
	v.deny(`SELECT current_setting(NULL)`)
	v.deny(`SELECT current_setting('timezone'::name)`)
	v.deny(`SET docex.tenant_id = 'globex'`)
	v.deny(`SET timezone = 'UTC'`)
	v.deny(`SHOW search_path`)
	v.deny(`SHOW ALL`)
}

// A verdict that depends on a constant is not reused for another constant.
func TestQuestionsAreRememberedByTheirConstants(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	for _, pair := range [][2]string{
		{`SELECT current_setting('timezone')`, `SELECT current_setting('role')`},
		{`SELECT 'documents'::regclass::oid`, `SELECT 'tenant_globex.documents'::regclass::oid`},
		{`SELECT to_regclass('documents') IS NULL`, `SELECT to_regclass('tenant_globex.documents') IS NULL`},
		{`SELECT pg_relation_size('documents')`, `SELECT pg_relation_size('tenant_globex.documents')`},
		{`SELECT to_tsvector(('pg_catalog.' || $1)::regconfig, $2)`,
			`SELECT to_tsvector(('tenant_globex.' || $1)::regconfig, $2)`},
	} {
		for range 2 {
			if err := g.Check("tenant_acme", pair[0]); err != nil {
				t.Errorf("%s: %v", pair[0], err)
			}
			if err := g.Check("tenant_acme", pair[1]); err == nil {
				t.Errorf("allowed: %s", pair[1])
			}
		}
	}
}

// PostgreSQL's own text search configurations can be named by an argument, behind the name of their schema.
func TestConfigurationsByArgument(t *testing.T) {
	v := verdicts(t, guard.Policy{})
	v.allow(`SELECT to_tsvector(('pg_catalog.' || $1)::regconfig, name) FROM documents`)
	v.allow(`SELECT to_tsvector(CAST('pg_catalog.' || lower(d.lang) || '' AS regconfig), name) FROM documents d`)
	v.allow(`SELECT ts_headline(('pg_catalog.' || $1)::regconfig, name, to_tsquery($2)) FROM documents`)
	v.rule = guard.RuleType
	v.deny(`SELECT to_tsvector($1::regconfig, name) FROM documents`)
	v.deny(`SELECT to_tsvector(('pg_catalog' || $1)::regconfig, name) FROM documents`)
	v.deny(`SELECT to_tsvector(('' || 'pg_catalog.' || $1)::regconfig, name) FROM documents`)
	v.deny(`SELECT to_tsvector(($1 || 'pg_catalog.')::regconfig, name) FROM documents`)
	v.deny(`SELECT to_tsvector(('pg_catalog.' OPERATOR(tenant_acme.||) $1)::regconfig, name) FROM documents`)
	v.deny(`SELECT to_tsvector(('pg_catalog.' || $1)::regclass, name) FROM documents`)
	v.deny(`SELECT ('pg_catalog.' || $1)::regconfig`)
	v.deny(`SELECT to_tsvector(coalesce(('pg_catalog.' || $1)::regconfig, 'tenant_globex.x'), name) FROM documents`)
	v.rule = guard.RuleConstantName
	v.deny(`SELECT to_tsvector('pg_catalog.' || $1, name) FROM documents`)
}
