package guard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// docex's own functions may be called in the system schema, and nothing else there.
func TestSystemFunctions(t *testing.T) {
	v := verdicts(t, guard.Policy{})
	v.allow(`SELECT docex_system.lock($1), docex_system.try_lock('jobs')`)
	v.allow(`SELECT docex_system.notify('jobs', $1) FROM documents`)
	v.allow(`SELECT docex_system.channel(name) FROM documents`)
	v.allow(`SELECT docex_system.truncate_tables('documents', $1), docex_system.analyze_tables(VARIADIC $2)`)
	v.allow(`SELECT docex_system.refresh_view('totals', concurrently => true)`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT docex_system.pin('acme', 'tenant_acme')`)
	v.deny(`SELECT docex_system.own_tenant()`)
	v.deny(`SELECT docex_system.session_memory()`)
	v.deny(`SELECT id FROM docex_system.active_tenants('', 1)`)
	v.deny(`SELECT * FROM docex_system.lock`)
	v.deny(`SELECT 'x'::docex_system.lock`)
	v.deny(`SELECT * FROM documents TABLESAMPLE docex_system.lock(1)`)
	v.deny(`SELECT other.lock('x')`)
	v.rule = guard.RuleUnknownFunction
	v.deny(`SELECT lock('x')`)

	v = verdicts(t, guard.Policy{SystemSchema: "second"})
	v.allow(`SELECT second.try_lock('jobs')`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT docex_system.try_lock('jobs')`)
}

// What a refusal recommends in place of what is the database's works, and is named with the schema of the policy.
func TestSystemFunctionsAreRecommended(t *testing.T) {
	g := mustNew(t, guard.Policy{SystemSchema: "second"})
	for sql, want := range map[string]string{
		`SELECT pg_advisory_lock(1)`:                 "second.lock(",
		`SELECT pg_advisory_xact_lock(1)`:            "second.lock(",
		`SELECT pg_try_advisory_xact_lock_shared(1)`: "second.try_lock(",
		`SELECT pg_advisory_unlock(1)`:               "second.lock(",
		`SELECT pg_notify('a', 'b')`:                 "second.notify(",
		`NOTIFY jobs`:                                "second.notify(",
		`LISTEN jobs`:                                "second.channel(",
		`TRUNCATE documents`:                         "second.truncate_tables(",
		`ANALYZE documents`:                          "second.analyze_tables(",
		`REFRESH MATERIALIZED VIEW totals`:           "second.refresh_view(",
		`DISCARD ALL`:                                "leave it out",
		`VACUUM documents`:                           "administrator's connection",
	} {
		var d *guard.Denial
		if err := g.Check("tenant_acme", sql); !errors.As(err, &d) || !strings.Contains(d.Hint, want) {
			t.Errorf("%s: %v, want a hint of %s", sql, err, want)
		}
	}
}

// What belongs to the database or the server is the administrator's: no DDL of tenants can hold it.
func TestHintsOfCommands(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	for sql, inDDL := range map[string]bool{
		`CREATE INDEX i ON documents (name)`: true, `DROP TABLE documents`: true, `CREATE SEQUENCE s`: true,
		`CREATE DATABASE d`: false, `DROP SCHEMA s`: false, `CREATE ROLE r`: false, `GRANT SELECT ON documents TO r`: false,
		`CREATE EXTENSION pg_trgm`: false, `ALTER SYSTEM SET work_mem = '1MB'`: false, `CREATE PUBLICATION p`: false,
	} {
		var d *guard.Denial
		if !errors.As(g.Check("tenant_acme", sql), &d) || strings.Contains(d.Hint, "tenant's DDL") != inDDL {
			t.Errorf("%s: %v", sql, d)
		}
	}
}

// Numbers of transactions are the database's, and a policy may open them.
func TestTransactionIDsCanBeOpened(t *testing.T) {
	v := verdicts(t, guard.Policy{AllowFunctions: []string{"pg_current_xact_id", "pg_current_snapshot"}})
	v.allow(`SELECT pg_current_xact_id()::text, pg_current_snapshot()`)
	v.rule = guard.RuleFunction
	v.deny(`SELECT txid_current()`)
	v.deny(`SELECT pg_xact_commit_timestamp($1)`)
	v.deny(`SELECT pg_export_snapshot()`)
}
