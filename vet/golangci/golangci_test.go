package golangci

import (
	"os"
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"go.yaml.in/yaml/v4"
)

// analyzer does what golangci-lint does: it asks for the linter by its name, with what .golangci.yml holds.
func analyzer(t *testing.T, settings map[string]any) *analysis.Analyzer {
	t.Helper()
	make, err := register.GetPlugin("docexvet")
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := make(settings)
	if err != nil {
		t.Fatal(err)
	}
	if mode := plugin.GetLoadMode(); mode != register.LoadModeTypesInfo {
		t.Errorf("load mode %q, and the analyzer needs types", mode)
	}
	analyzers, err := plugin.BuildAnalyzers()
	if err != nil || len(analyzers) != 1 {
		t.Fatalf("%d analyzers: %v", len(analyzers), err)
	}
	if analyzers[0].Name != Name { // golangci-lint shows it with each finding
		t.Errorf("the analyzer is called %q", analyzers[0].Name)
	}
	return analyzers[0]
}

// The settings reach the analyzer, by the names that docs/vet.md has.
func TestSettings(t *testing.T) {
	analyzer(t, nil) // none has to be set
	analysistest.Run(t, analysistest.TestData(), analyzer(t, map[string]any{
		"policy": "testdata/docex.yaml", "tenant-schema": "tenant_acme", "dynamic": true}), "app")
}

// TestPage: the files of docs/vet.md name this plugin and settings that it has.
func TestPage(t *testing.T) {
	var custom struct {
		Version string
		Plugins []struct{ Module, Import, Path string }
	}
	block(t, "custom-gcl", &custom)
	if custom.Plugins[0].Module != "github.com/docex/docex/vet/golangci" {
		t.Errorf("the plugin is %q", custom.Plugins[0].Module)
	}
	var lint struct {
		Version string
		Linters struct {
			Enable   []string
			Settings struct {
				Custom map[string]struct {
					Type, Description string
					OriginalURL       string `yaml:"original-url"`
					Settings          map[string]any
				}
			}
		}
	}
	block(t, "golangci", &lint)
	plugin, there := lint.Linters.Settings.Custom[Name]
	if !there || plugin.Type != "module" || lint.Linters.Enable[0] != Name {
		t.Errorf("the configuration does not switch %s on: %+v", Name, lint)
	}
	if _, err := New(plugin.Settings); err != nil || len(plugin.Settings) == 0 {
		t.Errorf("settings %v: %v", plugin.Settings, err)
	}
}

// block reads a block of the page, which may hold nothing that "to" does not know.
func block(t *testing.T, name string, to any) {
	t.Helper()
	page, err := os.ReadFile("../../docs/vet.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "<!-- example:"+name+" -->\n```yaml\n")
	text, _, found := strings.Cut(after, "```")
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(to); err != nil || !found {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestUnknownSetting(t *testing.T) {
	if _, err := New(map[string]any{"polcy": "docex.yaml"}); err == nil {
		t.Error("a setting that is misspelt is no error")
	}
}
