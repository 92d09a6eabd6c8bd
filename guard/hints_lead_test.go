package guard_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/corpus"
)

// lead is what a hint recommends: a statement that is allowed under the policy that the hint names. "" is advice about
// something else than SQL.
type lead struct {
	policy guard.Policy
	sql    string
}

var (
	nothingMore = guard.Policy{}
	catalogAll  = guard.Policy{Catalog: guard.CatalogAll}
	sharing     = guard.Policy{SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"ext"}}
	several     = guard.Policy{MultiStatement: true}
	workMem     = guard.Policy{AllowSettings: []string{"work_mem", "statement_timeout"}}
	listing     = guard.Policy{
		TenantFunctions: []string{"f"}, AllowFunctions: []string{"g"}, Extensions: []string{"pg_trgm"},
	}
)

// leads holds, by a piece of the hint, what it recommends. A hint may have several pieces, and needs one.
var leads = map[string][]lead{
	"as in: nextval('order_id_seq')":      {{nothingMore, `SELECT nextval('order_id_seq')`}},
	"pg_relation_size('document')":        {{nothingMore, `SELECT pg_relation_size('document')`}},
	"to_regclass('document') IS NOT NULL": {{nothingMore, `SELECT to_regclass('document') IS NOT NULL`}},
	"to_tsvector('english', body)":        {{nothingMore, `SELECT to_tsvector('english', body) FROM document`}},
	"('pg_catalog.' || $1)::regconfig, body": {
		{nothingMore, `SELECT to_tsvector(('pg_catalog.' || $1)::regconfig, body) FROM document`},
	},
	"ts_headline($1::text, q)":              {{nothingMore, `SELECT ts_headline($1::text, q) FROM document`}},
	"'document'::regclass::oid":             {{nothingMore, `SELECT 'document'::regclass::oid`}},
	"pg_typeof(x)::text":                    {{nothingMore, `SELECT pg_typeof(x)::text FROM document`}},
	"close each cursor by its name":         {{nothingMore, `CLOSE c`}},
	"leave with hold out":                   {{nothingMore, `DECLARE c CURSOR FOR SELECT name FROM document`}},
	"leave the database and the schema out": {{nothingMore, `SELECT name FROM document`}},
	"pass binary data as an argument":       {{nothingMore, `SELECT $1::bytea`}},
	"write it without the table's name":     {{nothingMore, `SELECT pg_sleep FROM document d`}},
	"leave the schema out to mean the tenant's own": {{nothingMore, `SELECT name FROM document`},
		{sharing, `SELECT name FROM ref.country`}, {sharing, `SELECT 'x'::ext.citext`}},
	"use set local for what the policy allows": {{workMem, `SET LOCAL work_mem = '1MB'`},
		{nothingMore, `SET LOCAL lock_timeout = '1s'`}},
	"write the tenant's schema in front of it": {{nothingMore, `SELECT tenant_acme.f()`}},
	"Policy.TenantFunctions":                   {{listing, `SELECT f()`}},
	"Policy.AllowFunctions":                    {{listing, `SELECT g()`}},
	"to Policy.Extensions":                     {{listing, `SELECT show_trgm('a')`}},
	"use a cast":                               {{nothingMore, `SELECT id::text FROM document`}},
	"see Policy.Catalog":                       {{catalogAll, `SELECT oid FROM pg_class`}},
	"level orm of Policy.Catalog":              {{guard.Policy{Catalog: guard.CatalogORM}, `SELECT oid FROM pg_class`}},
	"read pg_catalog.pg_constraint": {
		{guard.Policy{Catalog: guard.CatalogORM}, `SELECT conname FROM pg_catalog.pg_constraint`},
	},
	"level all of Policy.Catalog":              {{catalogAll, `SELECT oid FROM pg_proc`}},
	"docex_system.lock(name)":                  {{nothingMore, `SELECT docex_system.lock($1)`}},
	"docex_system.try_lock(name)":              {{nothingMore, `SELECT docex_system.try_lock($1)`}},
	"docex_system.notify(channel, payload)":    {{nothingMore, `SELECT docex_system.notify($1, $2)`}},
	"docex_system.notify('jobs', 'payload')":   {{nothingMore, `SELECT docex_system.notify('jobs', 'payload')`}},
	"docex_system.channel('jobs')":             {{nothingMore, `SELECT docex_system.channel('jobs')`}},
	"docex_system.analyze_tables('document')":  {{nothingMore, `SELECT docex_system.analyze_tables('document')`}},
	"docex_system.truncate_tables('document')": {{nothingMore, `SELECT docex_system.truncate_tables('document')`}},
	"docex_system.refresh_view('totals')":      {{nothingMore, `SELECT docex_system.refresh_view('totals')`}},
	"use delete without where":                 {{nothingMore, `DELETE FROM document`}},
	"lock table t in exclusive mode":           {{nothingMore, `LOCK TABLE t IN EXCLUSIVE MODE`}},
	"set Policy.MultiStatement":                {{several, `SELECT 1; SELECT 2`}},
	"use insert into … select":                 {{nothingMore, `INSERT INTO copies SELECT * FROM document`}},
	"reset settings by name":                   {{workMem, `RESET work_mem`}},
	"one of Policy.AllowSettings": {
		{workMem, `SHOW work_mem`},
		{workMem, `SELECT current_setting('work_mem')`},
	},
	"a setting that is the same for all": {{nothingMore, `SELECT current_setting('server_version')`}},
	"add it to Policy.AllowSettings":     {{workMem, `SET work_mem = '1MB'`}},
	"use set transaction":                {{nothingMore, `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`}},
	"set local statement_timeout = '5s'": {
		{nothingMore, `SET LOCAL statement_timeout = '5s'`},
		{workMem, `SET statement_timeout = 0`},
	},
	"set local lock_timeout = '5s'": {{nothingMore, `SET LOCAL lock_timeout = '5s'`}},
	"set local idle_in_transaction_session_timeout = '5s'": {
		{nothingMore, `SET LOCAL idle_in_transaction_session_timeout = '5s'`}},
	"list own tables in for update of":     {{sharing, `SELECT * FROM document d, ref.country FOR UPDATE OF d`}},
	"keep intermediate rows in a with":     {{nothingMore, `WITH recent AS (SELECT 1 AS n) SELECT n FROM recent`}},
	"function in the tenant's DDL":         {{nothingMore, `CALL tenant_acme.work()`}},
	"explain a select":                     {{nothingMore, `EXPLAIN SELECT name FROM document`}},
	"declare the cursor for a select":      {{nothingMore, `DECLARE c CURSOR FOR SELECT name FROM document`}},
	"commit or roll back":                  {{nothingMore, `COMMIT`}, {nothingMore, `ROLLBACK`}},
	"do the work in one transaction":       {{nothingMore, `BEGIN`}},
	"compare names as text":                {{nothingMore, `SELECT name FROM document WHERE name = 'a.b'`}},
	"use an ordinary type, such as text":   {{nothingMore, `SELECT $1::text`}},
	"= any($1)":                            {{nothingMore, `SELECT name FROM document WHERE id = ANY ($1)`}},
	"put names with a $ in double quotes":  {{nothingMore, `SELECT "a$b" FROM document`}},
	"write $1, $2":                         {{nothingMore, `SELECT name FROM document WHERE id = $1`}},
	"write it with returning json":         {{sharing, `SELECT JSON_ARRAY(1, 2 RETURNING json)`}},
	"leave the option out":                 {{nothingMore, `EXPLAIN (ANALYZE) SELECT name FROM document`}},
	"write the tenant's schema instead of": {{nothingMore, `SELECT tenant_acme.f()`}},
	"hints of scans, joins":                {{nothingMore, `/*+ SeqScan(document) */ SELECT name FROM document`}},
	"leave the + out":                      {{nothingMore, `/* remember */ SELECT name FROM document`}},
	"take the age of times only":           {{nothingMore, `SELECT age(created_at) FROM document`}},
	"use BeginTx of database/sql":          {{nothingMore, `BEGIN`}},
	"name it in a CREATE TRIGGER":          nil,
	"use that in its place":                nil,
	"query the table itself":               {{nothingMore, `SELECT count(*) FROM document`}},
	"write that query itself":              {{nothingMore, `SELECT * FROM document`}},
	"use rows of the tenant's tables":      {{nothingMore, `SELECT id FROM document FOR UPDATE SKIP LOCKED`}},
	"give the tenant's table another name": {{nothingMore, `SELECT name FROM people`}},
	"administrator's connection":           nil, // another handle
	"Policy.AllowFunctions may open this one": {
		{guard.Policy{AllowFunctions: []string{"pg_notify"}}, `SELECT pg_notify($1, $2)`},
	},
	"in your program":                   nil, // no SQL
	"leave it out":                      nil,
	"use Prepare of database/sql":       nil,
	"driver.CopyFrom":                   nil,
	"write it as in that version":       nil,
	"correct the syntax here":           nil,
	"write it another way":              nil,
	"pass the schema that the registry": nil,
	"report it to the project":          nil,
}

// What a hint recommends is allowed. Every hint that the corpus and a call of every function get is looked at.
func TestHintsLead(t *testing.T) {
	for piece, list := range leads {
		for _, l := range list {
			if err := mustNew(t, l.policy).Check("tenant_acme", l.sql); err != nil {
				t.Errorf("%q recommends what is refused: %s: %v", piece, l.sql, err)
			}
		}
	}
	g := mustNew(t, guard.Policy{SharedSchemas: []string{"ref"}, SharedRelations: []string{"countries", "currencies"}})
	all := mustNew(t, guard.Policy{Catalog: guard.CatalogAll})
	seen := 0
	for _, sql := range refusals(t) {
		var d *guard.Denial
		if !errors.As(g.Check("tenant_acme", sql), &d) {
			continue
		}
		seen++
		if !tried(d.Hint) {
			t.Errorf("%s: nobody has tried what this hint recommends: %s", sql, d.Hint)
		}
		if strings.Contains(d.Hint, "see Policy.Catalog") && all.Check("tenant_acme", sql) != nil &&
			strings.HasPrefix(sql, "SELECT ") && strings.HasSuffix(sql, "()") {
			t.Errorf("%s: Policy.Catalog does not open it: %s", sql, d.Hint)
		}
	}
	if seen < 3000 {
		t.Errorf("only %d refusals", seen)
	}
}

func tried(hint string) bool {
	for piece := range leads {
		if strings.Contains(hint, piece) {
			return true
		}
	}
	return false
}

// refusals are the statements of the corpus, and calls of each function that has a line.
func refusals(t *testing.T) (all []string) {
	t.Helper()
	for _, v := range corpus.Load(t, "../testdata/guard/corpus.jsonl") {
		all = append(all, v.SQL)
	}
	for file, column := range map[string]int{"functions.tsv": 0, "extensions.tsv": 1} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			f := strings.Split(line, "\t")
			if line[0] == '#' || len(f) <= column+1 {
				continue
			}
			for _, form := range []string{"SELECT %()", "SELECT %($1)", "SELECT ('x').%", "SELECT public.%()", "CALL %()"} {
				all = append(all, strings.ReplaceAll(form, "%", `"`+f[column]+`"`))
			}
		}
	}
	return all
}
