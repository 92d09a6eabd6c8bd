package config

import (
	"bytes"
	_ "embed"
	"reflect"
	"strconv"
	"strings"
	"text/template"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

//go:embed docex.yaml.tmpl
var text string

var file = template.Must(template.New(Name).Funcs(template.FuncMap{
	// Go's escapes are YAML's, too (YAML 1.2.2, 5.7 "Escaped Characters").
	"q":     func(v any) string { return strconv.QuoteToGraphic(reflect.ValueOf(v).String()) },
	"isNil": func(names []string) bool { return names == nil },
	"list":  List,
}).Parse(text))

// List returns names as a list in YAML.
func List(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.QuoteToGraphic(name)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Default returns the settings of a new file: every default by its name.
func Default() Config {
	return Config{
		Version:     Version,
		Environment: provision.DefaultEnvironment,
		Database:    Database{AdminDSN: "${DOCEX_ADMIN_DSN}", AppDSN: "${DOCEX_APP_DSN}"},
		Provision: Provision{
			Strategy: string(provision.SchemaPerTenant), Distribution: string(provision.Local),
			SystemSchema: provision.DefaultSystemSchema, SystemTenantID: scope.SystemTenantID,
		},
		Policy: Policy{Catalog: "none"},
	}
}

// Render returns the text of a file, with comments, that parse reads as c. It holds the secrets that c holds.
func (c Config) Render() ([]byte, error) {
	var b bytes.Buffer
	if err := file.Execute(&b, c); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Secret reports whether the file holds a password.
func (c Config) Secret() bool { return c.Database.AdminDSN.Secret() || c.Database.AppDSN.Secret() }
