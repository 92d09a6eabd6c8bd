package sarif

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // its source has the schema
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
)

// printed is what the command prints: its own test compares every byte with this file of the script.
func printed(t *testing.T) string {
	t.Helper()
	script, err := txtar.ParseFile("../../../cmd/docex/testdata/script/vet.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(script.Comment), "\ncmp stdout grouped.sarif\n") {
		t.Fatal("the script does not compare with grouped.sarif")
	}
	for _, f := range script.Files {
		if f.Name == "grouped.sarif" {
			return string(f.Data)
		}
	}
	t.Fatal("the script has no grouped.sarif")
	return ""
}

// schema compiles OASIS' own text, which is a constant in the source of go-sarif.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	const address = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(strings.TrimSpace(string(dir)), "schema.go")
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, err = strconv.Unquote(l.Value)
		}
		return err == nil
	})
	if err != nil || !strings.Contains(text, `"id": "`+address+`"`) {
		t.Fatalf("%s does not hold the schema of %s: %v", name, address, err)
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat() // of URIs
	if err := c.AddResource(address, parsed); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile(address)
}

func check(s *jsonschema.Schema, log string) error {
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(log))
	if err != nil {
		return err
	}
	return s.Validate(parsed)
}

// TestLogIsValid: with findings, without any, and without a column, as where the file cannot be read.
func TestLogIsValid(t *testing.T) {
	s, log := schema(t), printed(t)
	if n := strings.Count(log, `"ruleId"`); n < 4 {
		t.Errorf("the log has %d results, and is no example", n)
	}
	before, _, _ := strings.Cut(log, `"results": [`)
	for _, valid := range []string{
		log,
		before + `"results": []}]}`,
		replace(t, log, ",\n                  \"startColumn\": 2", ""),
	} {
		if err := check(s, valid); err != nil {
			t.Errorf("%v\n%s", err, valid)
		}
	}
}

// TestSchemaFindsMistakes: the schema is at work.
func TestSchemaFindsMistakes(t *testing.T) {
	s, log := schema(t), printed(t)
	for old, new := range map[string]string{
		`"version": "2.1.0"`:                `"version": "2.1"`,
		`"level": "error"`:                  `"level": "fatal"`,
		`"startLine": 8`:                    `"startLine": 0`,
		`"name": "docex vet",`:              ``,
		`"columnKind": "unicodeCodePoints"`: `"columnKind": "bytes"`,
		`"uri": "grouped/grouped.go"`:       `"uri": "grouped/%zz.go"`,
		`"message": {`:                      `"messages": {`,
		`"ruleId"`:                          `"rule"`,
	} {
		if check(s, replace(t, log, old, new)) == nil {
			t.Errorf("%s instead of %s is valid", new, old)
		}
	}
}

func replace(t *testing.T, log, old, new string) string {
	t.Helper()
	replaced := strings.Replace(log, old, new, 1)
	if replaced == log {
		t.Fatalf("%s is not there", old)
	}
	return replaced
}
