package provision

import (
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// rulesWarned returns the rules that warn of a DDL.
func rulesWarned(t *testing.T, cfg Config) string {
	t.Helper()
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	made, err := loadFolder("DDL", cfg.DDL, ".", nothingBelow)
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, p := range ddlWarnings(cfg, made) {
		if p.File == "" || p.Line < 1 || p.Column < 1 || p.Object == "" || p.Reason == "" || p.Remedy == "" {
			t.Errorf("incomplete: %+v", p)
		}
		rules = append(rules, p.Rule)
	}
	return strings.Join(rules, " ")
}

func TestCitusRules(t *testing.T) {
	t.Parallel()
	broken := map[string]bool{}
	for _, c := range citusCases {
		for _, rule := range strings.Fields(c.refused + " " + c.warned) {
			broken[rule] = true
		}
		cfg := Config{DDL: DDLString(c.ddl), Distribution: Citus}
		if got := rulesOf(t, cfg); got != c.refused {
			t.Errorf("%s\nbreaks %q, want %q", c.ddl, got, c.refused)
		}
		if got := rulesWarned(t, cfg); got != c.warned {
			t.Errorf("%s\nis warned of %q, want %q", c.ddl, got, c.warned)
		}
		cfg.Distribution = Local
		if got := rulesOf(t, cfg) + rulesWarned(t, cfg); got != "" {
			t.Errorf("%s\nbreaks %q on one server", c.ddl, got)
		}
	}
	for _, r := range citusRules {
		if !broken[r.name] {
			t.Errorf("no case breaks %s", r.name)
		}
	}
}

// DocEX's own DDL is right for Citus, and nothing is said of it.
func TestCitusTakesDocEX(t *testing.T) {
	t.Parallel()
	warnings, err := CheckDDL(Config{Distribution: Citus})
	if err != nil || len(warnings) > 0 {
		t.Error(err, warnings)
	}
}

// A trigger that a later file drops is none, and places are those of the file.
func TestCitusRulesSeeAllFiles(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"1.sql": {Data: []byte(triggerFunction +
			"CREATE TABLE t (id int);\n CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f();")},
		"2.sql": {Data: []byte("\n  CREATE TRIGGER y AFTER INSERT ON t EXECUTE FUNCTION f();\nCREATE ROLE z;")},
		"3.sql": {Data: []byte("DROP TRIGGER x ON t;")},
	}
	_, err := New(new(sql.DB), Config{DDL: files, Distribution: Citus})
	var refused *DDLError
	if !errors.As(err, &refused) || len(refused.Problems) != 2 {
		t.Fatal(err)
	}
	if p := refused.Problems[0]; p.File != "2.sql" || p.Line != 2 || p.Column != 3 || p.Rule != "citus-trigger" ||
		p.Object != "t.y" {
		t.Errorf("%+v", p)
	}
	if p := refused.Problems[1]; p.Line != 3 || p.Rule != "statement-kind" {
		t.Errorf("%+v", p)
	}
}

// The corpus of what is allowed elsewhere is read without an accident.
func TestCitusReadsCorpus(t *testing.T) {
	t.Parallel()
	corpus, err := os.ReadFile("../testdata/ddl/allowed.sql")
	if err != nil {
		t.Fatal(err)
	}
	got := rulesOf(t, Config{DDL: DDLString(string(corpus)), Distribution: Citus})
	for _, rule := range []string{"citus-trigger", "citus-table"} {
		if !strings.Contains(got, rule) {
			t.Errorf("%s is not in %q", rule, got)
		}
	}
}
