package provision

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse"
)

// FuzzDDL holds for every text: no panic; problems are complete and inside the text; an accepted text has statements of
// allowed kinds only, names no schema but pg_catalog, and is refused with a refused statement behind it; and a refused
// one stays refused with a harmless statement in front. Warnings are complete, too.
func FuzzDDL(f *testing.F) {
	for _, text := range paragraphs(f, "allowed.sql") {
		f.Add(text)
	}
	for _, c := range refusedDDL {
		f.Add(c.text)
	}
	for _, c := range citusCases {
		f.Add(c.ddl)
	}
	for _, c := range warnedCode {
		f.Add("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$BEGIN " + c.code + " END$f$")
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) == "" {
			return
		}
		checkProblems(t, text, ddlWarnings(Config{}, ddl{files: []ddlFile{{name: "ddl.sql", text: text}}}))
		distributed := Config{DDL: DDLString(text), Distribution: Citus}
		checkProblems(t, text, ddlWarnings(distributed, ddl{files: []ddlFile{{name: "ddl.sql", text: text}}}))
		err := fuzzDDL(text)
		if err == nil {
			checkAccepted(t, text)
			return
		}
		var refused *DDLError
		if !errors.As(err, &refused) || len(refused.Problems) == 0 {
			t.Fatalf("%v is no *DDLError", err)
		}
		checkProblems(t, text, refused.Problems)
		if fuzzDDL("SELECT 1;\n"+text) == nil {
			t.Error("accepted behind a statement")
		}
	})
}

func checkProblems(t *testing.T, text string, problems []DDLProblem) {
	t.Helper()
	lines := 1 + strings.Count(text, "\n")
	for _, p := range problems {
		if p.Line < 1 || p.Line > lines || p.Column < 1 || p.Column > len(text)+1 || p.Rule == "" || p.Reason == "" ||
			p.Remedy == "" {
			t.Errorf("incomplete: %+v", p)
		}
	}
}

func fuzzDDL(text string) error {
	_, err := New(new(sql.DB), Config{DDL: DDLString(text)})
	return err
}

func checkAccepted(t *testing.T, text string) {
	t.Helper()
	found, errs := sqlparse.ParseDDL(text, ddlLimits)
	if len(errs) > 0 {
		t.Errorf("accepted with %v", errs)
	}
	for _, def := range found {
		switch k := def.Kind; {
		case k >= sqlparse.KindSelect && k <= sqlparse.KindMerge, k == sqlparse.KindDefinition, k == sqlparse.KindCall,
			k == sqlparse.KindConstraints:
		default:
			t.Errorf("accepted %s, kind %d", def.Command, k)
		}
		for _, r := range def.Relations {
			if r.Parts != 1 {
				t.Errorf("accepted relation %s", r)
			}
		}
		for _, x := range def.Types {
			if x.Parts > 2 || x.Parts == 2 && x.Schema != "pg_catalog" {
				t.Errorf("accepted type %s", x)
			}
		}
		for _, x := range def.Functions {
			if x.Parts > 2 || x.Parts == 2 && x.Schema != "pg_catalog" {
				t.Errorf("accepted function %s", x)
			}
		}
	}
	if fuzzDDL(text+"\n;CREATE ROLE x") == nil {
		t.Error("accepted before CREATE ROLE")
	}
}
