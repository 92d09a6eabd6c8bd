package guard_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/guard"
)

func TestEffects(t *testing.T) {
	g := mustNew(t, guard.Policy{AllowSettings: []string{"statement_timeout"}, TenantFunctions: []string{"p"},
		MultiStatement: true})
	for sql, want := range map[string]guard.Effects{
		``:                                {},
		` -- nothing`:                     {},
		`;;`:                              {},
		`SELECT 1`:                        {Statements: 1, Rightless: true},
		`SELECT 1; SELECT 2;`:             {Statements: 2, Rightless: true},
		`SELECT FROM t`:                   {Statements: 1},
		`SELECT 1; SELECT FROM t`:         {Statements: 2, Rightless: true},
		`INSERT INTO t SELECT 1`:          {Statements: 1},
		`BEGIN`:                           {Statements: 1, Begins: true, Rightless: true},
		`START TRANSACTION READ ONLY`:     {Statements: 1, Begins: true, Rightless: true},
		`COMMIT`:                          {Statements: 1, Ends: true, Commits: true},
		`END`:                             {Statements: 1, Ends: true, Commits: true},
		`ABORT`:                           {Statements: 1, Ends: true},
		`ROLLBACK TO x`:                   {Statements: 1, Savepoint: true},
		`SAVEPOINT x`:                     {Statements: 1, Savepoint: true},
		`RELEASE x`:                       {Statements: 1, Savepoint: true},
		`SET statement_timeout = 1`:       {Statements: 1, SetsSession: true, Rightless: true},
		`RESET statement_timeout`:         {Statements: 1, SetsSession: true, Rightless: true},
		`SET LOCAL statement_timeout = 1`: {Statements: 1, Rightless: true},
		`SHOW statement_timeout`:          {Statements: 1, Rightless: true},
		`SET TRANSACTION READ ONLY`:       {Statements: 1, SetsTx: true, Rightless: true},
		`CALL p()`:                        {Statements: 1, Calls: true},
	} {
		got, err := g.Inspect("tenant_acme", sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: effects (-want +got):\n%s", sql, diff)
		}
	}
	got, err := g.Inspect("tenant_acme", `SET statement_timeout = 1; SELECT * FROM tenant_globex.t`)
	if err == nil || got != (guard.Effects{}) {
		t.Errorf("refused text: got (%+v, %v), want zero effects and an error", got, err)
	}
}

func TestMultiStatement(t *testing.T) {
	v := verdicts(t, guard.Policy{MultiStatement: true})
	v.allow(`SELECT 1; SELECT 2`)
	v.allow(`INSERT INTO a VALUES (1); ; UPDATE b SET c = 1;`)
	v.rule = guard.RuleMultiStatement
	v.deny(`BEGIN; SELECT 1`)
	v.deny(`SELECT 1; COMMIT; SELECT 2`)
	v.deny(`SELECT 1; SAVEPOINT x`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT 1; SELECT * FROM tenant_globex.t`)
	v.rule = guard.RuleSetting
	v.deny(`SELECT 1; SET search_path = x`)
	v = verdicts(t, guard.Policy{})
	v.rule = guard.RuleMultiStatement
	v.deny(`SELECT 1; SELECT 2`)
}

func TestDenial(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	sql := "SELECT 'é', 1\n  FROM documents, -- ü\n\t\"Tenant_Globex\".\"Geheim\" WHERE x = 'secret'"
	err := g.Check("tenant_acme", sql)
	var d *guard.Denial
	if !errors.As(err, &d) || !errors.Is(err, guard.ErrDenied) {
		t.Fatalf("got %v, want a *Denial that is ErrDenied", err)
	}
	want := &guard.Denial{
		Rule: guard.RuleSchema, Object: "Tenant_Globex.Geheim", Statement: 1,
		Offset: strings.Index(sql, `"Tenant`), Line: 3, Column: 2,
		Reason: "it is outside the tenant's schema",
		Hint:   "leave the schema out to mean the tenant's own; Policy.SharedSchemas and Policy.ExtensionSchemas open others",
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("denial (-want +got):\n%s", diff)
	}
	message := "docex: guard: foreign-schema: Tenant_Globex.Geheim at line 3 column 2: " + want.Reason + "; " + want.Hint
	if err.Error() != message {
		t.Errorf("message\n%s\nwant\n%s", err, message)
	}
}

// TestDenialMessages holds every denial of the corpus to the contract of its message.
func TestDenialMessages(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	for _, v := range loadCorpus(t) {
		var d *guard.Denial
		if err := g.Check("tenant_acme", v.SQL); !errors.As(err, &d) {
			continue
		}
		msg := d.Error()
		switch {
		case d.Rule == guard.RuleNone || d.Rule == guard.RuleInternal || d.Rule.String() == "unknown":
			t.Errorf("%s: rule %v", v.ID, d.Rule)
		case d.Reason == "" || d.Hint == "" || d.Line < 1 || d.Column < 1 || d.Offset < 0 || d.Offset > len(v.SQL):
			t.Errorf("%s: incomplete: %+v", v.ID, d)
		case strings.ContainsAny(msg, "\n\r\t\x00") || len(msg) > 500:
			t.Errorf("%s: message is not one bounded line: %q", v.ID, msg)
		case strings.Contains(msg, " pin"):
			t.Errorf("%s: message speaks of what its reader does not know: %s", v.ID, msg)
		}
	}
}

// TestDenialHints: whatever is refused, the message says what to do instead.
func TestDenialHints(t *testing.T) {
	g := mustNew(t, guard.Policy{MultiStatement: true})
	for _, sql := range []string{
		`SET search_path = x`, `SET ROLE x`, `SHOW search_path`, `SHOW ALL`, `SET default_text_search_config = 'x'`,
		`SET row_security = off`,
		`SET transaction_read_only = on`, `SET x = 1`, `RESET ALL`, `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`,
		`/*+ Set(x 1) */ SELECT 1`,
		`SET TRANSACTION SNAPSHOT 'x'`, `SELECT pg_catalog.nothing()`, `SELECT RI_FKey_check_ins()`,
		`SELECT "RI_FKey_check_ins"()`,
		`SELECT regclass$1`, "SELECT \x00", "SELECT '\xff'", `SELEC`, `SELECT 1; COMMIT`, `EXPLAIN (x) SELECT 1`, `LOCK t`,
		`CLOSE ALL`,
		`SELECT * FROM a.b.c`, `SELECT 1::setof int`, `DISCARD ALL`, `PREPARE TRANSACTION 'x'`, `SELECT * FROM citus_tables`,
	} {
		var d *guard.Denial
		if err := g.Check("tenant_acme", sql); !errors.As(err, &d) || d.Hint == "" {
			t.Errorf("%s: no hint: %v", sql, err)
		}
	}
	for name := range map[string]bool{"": true, "pg_temp": true} {
		var d *guard.Denial
		if err := g.Check(name, "SELECT 1"); !errors.As(err, &d) || d.Hint == "" {
			t.Errorf("schema %q: no hint: %v", name, err)
		}
	}
}

func TestDenialHidesValues(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	for _, sql := range []string{
		`SELECT nextval('s3cret.x')`, `SELECT set_config('s3cret', 's3cret', false)`, `SET app.token = 's3cret'`,
		`SELECT 's3cret`, `SELECT 's3cret' FROM x.y`, `SELECT to_tsvector('s3cret.x', 'y')`, `DO 's3cret'`,
		`CREATE USER x PASSWORD 's3cret'`, `SELECT 1 2 's3cret'`,
		`SELECT '/*+ set(s3cret'`, `SELECT 's3cret $1', x$$`, `SELECT 'it's s3cret', 's3cret'`, "SELECT \x00 's3cret'",
		`/*+ set(s3cret 1) */ SELECT 1`, `SELECT 1 FROM x.y -- s3cret`, `SELECT "a, 's3cret' FROM b`,
	} {
		err := g.Check("tenant_acme", sql)
		var d *guard.Denial
		if !errors.As(err, &d) || strings.Contains(err.Error()+d.Explain(sql), "s3cret") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestDenialBounded(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	long := strings.Repeat("ü", 31)
	err := g.Check("tenant_acme", `SELECT * FROM "`+long+"\x1b[31m\n"+`"."`+long+`"`)
	if err == nil || len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("got %q", err)
	}
}

// TestConcurrent lets the race detector look at a shared guard.
func TestConcurrent(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	vectors := loadCorpus(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for _, v := range vectors[i*100 : i*100+200] {
				if allowed := g.Check("tenant_acme", v.SQL) == nil; allowed != (v.Expect == "allow") {
					t.Errorf("%s: allowed=%v", v.ID, allowed)
				}
			}
		})
	}
	wg.Wait()
}

// TestWrapped holds the verdict of each query of the corpus when it stands inside another statement.
func TestWrapped(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	seen := 0
	for _, v := range loadCorpus(t) {
		sql := strings.TrimRight(v.SQL, "; \n")
		word, _, _ := strings.Cut(strings.ToUpper(sql), " ")
		if strings.Contains(sql, "--") || strings.Contains(sql, "INTO") || strings.Contains(sql, "DELETE") ||
			word != "SELECT" && word != "VALUES" && word != "WITH" {
			continue
		}
		seen++
		for _, wrap := range []string{"EXPLAIN %", "SELECT * FROM (%) wrapped", "WITH wrapped AS (%) SELECT 1",
			"SELECT EXISTS (%)",
			"WITH pg_class AS (SELECT 1) SELECT CASE WHEN true THEN ARRAY(%) END", "DECLARE c CURSOR FOR %"} {
			outer := strings.ReplaceAll(wrap, "%", sql)
			if err := g.Check("tenant_acme", outer); err == nil && v.Expect == "deny" && v.ID != "deny-policy-strict-038" {
				t.Errorf("%s: allowed inside: %s", v.ID, outer)
			} else if err != nil && v.Expect == "allow" && !strings.Contains(sql, ";") {
				t.Errorf("%s: refused inside: %v\n%s", v.ID, err, outer)
			}
		}
	}
	if seen < 500 {
		t.Errorf("only %d statements were wrapped", seen)
	}
}
