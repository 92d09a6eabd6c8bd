package driver

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/params"
	"github.com/google/go-cmp/cmp"
)

var updateSettings = flag.Bool("update-settings", false, "rewrite the table in docs/settings.md (go generate)")

const (
	settingsPage = "../docs/settings.md"
	tableBegins  = "<!-- settings: made by \"go generate ./driver\" -->\n"
	tableEnds    = "<!-- /settings -->\n"
)

func settingsTable() string {
	var b strings.Builder
	b.WriteString("\n| in the DSN | in `Config` | values | meaning |\n| --- | --- | --- | --- |\n")
	for _, s := range settings {
		values := s.Values
		if strings.Contains(values, ", ") { // words to type, not a description
			values = "`" + strings.ReplaceAll(values, ", ", "`, `") + "`"
		}
		b.WriteString("| `" + s.name + "` | `" + s.field + "` | " + values + " | " + s.meaning + " |\n")
	}
	b.WriteString("\n")
	return b.String()
}

// TestSettingsTable: docs/settings.md lists the settings that there are.
func TestSettingsTable(t *testing.T) {
	text, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	table, after, ends := strings.Cut(rest, tableEnds)
	switch want := settingsTable(); {
	case !begins || !ends:
		t.Fatal("the page has no place for the table of settings")
	case table == want:
	case *updateSettings:
		if err := os.WriteFile(settingsPage, []byte(before+tableBegins+want+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table of settings is stale: run go generate ./driver. It must be\n%s", want)
	}
}

// TestSettingsExample: the page's two DSNs mean the same.
func TestSettingsExample(t *testing.T) {
	text, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Pin: PinTransaction, Policy: guard.Policy{SharedSchemas: []string{"ref", "Tax codes"}}}
	found := 0
	for line := range strings.Lines(string(text)) {
		dsn := strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "host=") {
			continue
		}
		found++
		s, err := parseDSN(dsn, Config{})
		if err != nil {
			t.Error(err)
		} else if diff := cmp.Diff(want, s.config); diff != "" {
			t.Errorf("%s: %s", dsn, diff)
		}
	}
	if found != 2 {
		t.Errorf("the page shows %d DSNs, want one in each form", found)
	}
}

// TestReservedParamsAreDocumented: the page names what a DSN may not hold.
func TestReservedParamsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range params.Reserved {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("the page does not name %s", name)
		}
	}
	for name, value := range params.Lexer {
		if !strings.Contains(string(text), "`"+name+"`") || !strings.Contains(string(text), "`"+value+"`") {
			t.Errorf("the page does not name %s or its value %s", name, value)
		}
	}
}

// TestFieldsNameTheirSettings: the comment of each field of Config says what it is called in a DSN; that of Policy says
// it for each of the policy's fields.
func TestFieldsNameTheirSettings(t *testing.T) {
	comments := configComments(t)
	for _, s := range settings {
		field, _, _ := strings.Cut(s.field, ".")
		words := strings.FieldsFunc(comments[field], func(r rune) bool { return strings.ContainsRune(" \n,.", r) })
		found := false
		for _, word := range words {
			found = found || word == s.name
		}
		if !found {
			t.Errorf("the comment of Config.%s does not name %s", field, s.name)
		}
	}
}

func configComments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Config" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			comments[field.Names[0].Name] = field.Doc.Text()
		}
		return false
	})
	if len(comments) == 0 {
		t.Fatal("config.go has no Config")
	}
	return comments
}
