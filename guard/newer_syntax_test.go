package guard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// Syntax of newer servers is named as such, with the version.
func TestNewerSyntax(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	for sql, want := range map[string]string{
		`SELECT * FROM JSON_TABLE($1, '$[*]' COLUMNS (a int PATH '$')) AS t`:                 "JSON_TABLE is syntax of",
		`SELECT json_value(name, '$.a' RETURNING int) FROM document`:                         "of PostgreSQL 17",
		`MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE RETURNING a.id`:        "MERGE … RETURNING",
		"MERGE INTO a USING b ON true WHEN  NOT\nMATCHED BY SOURCE THEN DELETE":              "BY SOURCE is syntax of",
		`UPDATE document SET name = 'x' RETURNING WITH (OLD AS o, NEW AS n) o.name`:          "of PostgreSQL 18",
		`SELECT name FORM document x`:                                                        "",
		`SELECT 'json_table(' FORM document x /* RETURNING WITH ( */ WHERE name = 'virtual'`: "",
		`SELECT ` + strings.Repeat("1, ", 20_000) + `JSON_TABLE(`:                            "",
	} {
		var d *guard.Denial
		if !errors.As(g.Check("tenant_acme", sql), &d) || d.Rule != guard.RuleSyntax {
			t.Errorf("%.60s: %v, want it refused as syntax", sql, d)
			continue
		}
		if named := strings.Contains(d.Reason, "is syntax of"); named != (want != "") || !strings.Contains(d.Reason, want) {
			t.Errorf("%.60s: %s, want %q in it", sql, d.Reason, want)
		}
	}
}

// What is syntax to PostgreSQL 17 and a call before passes only where no other schema could have such a function.
func TestSyntaxOf17(t *testing.T) {
	strict := verdicts(t, guard.Policy{})
	strict.allow(`SELECT JSON_VALUE($1, '$.a'), JSON_EXISTS($1, '$'), JSON_QUERY($1, '$'), JSON_SCALAR(1)`)
	sharing := verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}})
	sharing.rule = guard.RuleUnknownFunction
	sharing.deny(`SELECT JSON_VALUE($1, '$.a')`)
	listed := verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}, AllowFunctions: []string{"json_value"}})
	listed.allow(`SELECT JSON_VALUE($1, '$.a')`)
}
