package driver

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/params"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// everySetting are values of all settings, and everyConfig is what they mean.
var (
	everySetting = map[string]string{
		"docex_pin": "transaction", "docex_system_schema": `"My system"`, "docex_max_tenants": "12",
		"docex_session_memory": "256", "docex_affinity": "off", "docex_allow_weak_login": "true",
		"docex_shared_schemas": `ref, "Ref's 2"`, "docex_shared_relations": "country", "docex_extension_schemas": "EXT",
		"docex_extensions":       `PG_trgm, "uuid-ossp"`,
		"docex_tenant_functions": "total", "docex_allow_functions": "similarity,word_similarity",
		"docex_allow_settings": "statement_timeout, myapp.user", "docex_catalog": "orm", "docex_multi_statement": "true",
		"docex_max_bytes": "1000", "docex_max_tokens": "100", "docex_max_depth": "10", "docex_max_chain": "20",
	}
	everyConfig = Config{
		Pin: PinTransaction, SystemSchema: "My system", MaxTenants: 12, SessionMemory: 256, Affinity: AffinityOff,
		AllowWeakLogin: true,
		Policy: guard.Policy{
			SharedSchemas: []string{"ref", "Ref's 2"}, SharedRelations: []string{"country"}, ExtensionSchemas: []string{"ext"},
			Extensions:      []string{"pg_trgm", "uuid-ossp"},
			TenantFunctions: []string{"total"}, AllowFunctions: []string{"similarity", "word_similarity"},
			AllowSettings: []string{"statement_timeout", "myapp.user"}, Catalog: guard.CatalogORM, MultiStatement: true,
			Limits: guard.Limits{MaxBytes: 1000, MaxTokens: 100, MaxDepth: 10, MaxChain: 20},
		},
	}
)

// dsnForms returns a DSN with these parameters in both forms.
func dsnForms(params map[string]string) map[string]string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("u", "hunter2"), Host: "127.0.0.1:1", Path: "/db"}
	keyword := "host=127.0.0.1 port=1 user=u password=hunter2 dbname=db"
	for name, value := range params {
		// url.Values writes spaces as +, which is one in no connection string of PostgreSQL's.
		u.RawQuery += "&" + name + "=" + url.PathEscape(value)
		keyword += " " + name + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery, "&")
	return map[string]string{"URL": u.String(), "keyword": keyword}
}

func settingNames() (all []string) {
	for _, s := range settings {
		all = append(all, s.name)
	}
	return all
}

func TestEverySettingInBothForms(t *testing.T) {
	if len(everySetting) != len(settings) {
		t.Errorf("%d of %d settings are tried", len(everySetting), len(settings))
	}
	for form, dsn := range dsnForms(everySetting) {
		for name, cfg := range map[string]Config{"DSN alone": {}, "Config, too": everyConfig} {
			s, err := parseDSN(dsn, cfg)
			if err != nil {
				t.Fatalf("%s, %s: %v", form, name, err)
			}
			if diff := cmp.Diff(everyConfig, s.config); diff != "" {
				t.Errorf("%s, %s: %s", form, name, diff)
			}
			if diff := cmp.Diff(params.Lexer, s.conn.RuntimeParams); diff != "" {
				t.Errorf("%s: the server gets more than the lexer's settings:\n%s", form, diff)
			}
		}
		if _, err := NewConnector(dsn, everyConfig); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
}

// A difference is an error that names the setting; TestSettingSetsItsField tries each of them.
func TestContradiction(t *testing.T) {
	for form, dsn := range dsnForms(everySetting) {
		cfg := everyConfig
		cfg.Pin = PinSession
		_, err := NewConnector(dsn, cfg)
		var typed *Error
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), "docex_pin: it differs") {
			t.Errorf("%s: got %v", form, err)
		}
	}
}

func TestConfigAloneCounts(t *testing.T) {
	for form, dsn := range dsnForms(nil) {
		s, err := parseDSN(dsn, everyConfig)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(everyConfig, s.config); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
}

// Names are exact; the error lists those that there are, and repeats no value.
func TestUnknownSettings(t *testing.T) {
	for _, name := range []string{
		"docex_", "docex", "docex_pins", "DOCEX_PIN", "Docex_pin", "docex.pin", "docex_pin_", "docexpin", "docex_Pin", "docex.x",
	} {
		for form, dsn := range dsnForms(map[string]string{name: "session-hunter2"}) {
			_, err := NewConnector(dsn, Config{})
			var typed *Error
			if !errors.As(err, &typed) {
				t.Errorf("%s, %s: got %v", name, form, err)
				continue
			}
			for _, want := range append(settingNames(), `"`+name+`"`) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s, %s: the error does not say %s: %v", name, form, want, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s, %s: the message shows a value: %v", name, form, err)
			}
		}
	}
}

// What is no name of a parameter would go to the server under that name.
func TestMalformedNames(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u@h/db?%20docex_pin=session", "postgres://u@h/db?%09docex_pin=session", "postgres://u@h/db?docex-pin=session",
		"postgres://u@h/db?%E2%80%8Bdocex_pin=session", "postgres://u@h/db?=session", "postgres://u@h/db?sea%72ch%20path=x",
		"Postgres://u:hunter2@h/db?sslmode=disable", "postgresql+x://u:hunter2@h/db?sslmode=disable",
		"host=h search_path'=x", "host=h docex_pin'=x",
	} {
		_, err := NewConnector(dsn, Config{})
		var typed *Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: got %v", dsn, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the message shows the password: %v", err)
		}
	}
}

// pgx masks passwords in its messages where it recognizes them; in these it does not, or its error holds them in a
// field.
func TestNoSecretsInErrors(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:hunter2@h:x/db",
		"host=h password = hunter2 port=x",
		"host=h password='a\\'hunter2' port=x",
		"host=h password=a\\ hunter2 port=x",
		"host=h password=my hunter2 sslmode=disable",
		"host=h sslpassword = 'hunter2' port=x",
		"password 'hunter2'",
		"host=h password = hunter2 default_query_exec_mode=x",
		"host=h password = hunter2 statement_cache_capacity=x",
		"host=h password = hunter2 service=none",
		"host=h password = hunter2 docex_pin=x",
		"host=h password = hunter2 docex_x=x",
		"host=h password = hunter2 search_path=x",
		"host=h docex_shared_schemas='a password=hunter2",
		"host=h docex_shared_schemas='a password=hunter2 '",
		"host=h docex_pin='session password=hunter2 '",
		"postgres://u:a/hunter2@h/db?port=x",
		"postgres://u:50%@hunter2@h/db",
		"postgres://u@h/db?hunter2",
		"postgres://u@h/db?password=hunter2=",
		"postgres://u:a`: \"hunter2@h:x/db",
		"host=h password=a`: hunter2\" x=y",
	} {
		_, err := NewConnector(dsn, Config{})
		if err == nil {
			t.Errorf("%s is accepted", dsn)
			continue
		}
		for e := err; e != nil; e = next(e) {
			if strings.Contains(e.Error(), "hunter2") {
				t.Errorf("%s: the message of a %T shows the password: %v", dsn, e, e)
			}
			if pe, ok := e.(*pgconn.ParseConfigError); ok && strings.Contains(pe.ConnString, "hunter2") {
				t.Errorf("%s: the error holds the password", dsn)
			}
		}
	}
}

// next unwraps an error, a list of them to its first.
func next(err error) error {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		return list.Unwrap()[0]
	}
	return errors.Unwrap(err)
}

// The reason stays, and so does what it wraps.
func TestParseErrorsSayWhy(t *testing.T) {
	for dsn, want := range map[string]string{
		"host=h port=x":         "docex: open: cannot parse `DSN`: invalid port",
		"host=h sslmode=banana": "docex: open: cannot parse `DSN`: failed to configure TLS (sslmode is invalid)",
		"host=h default_query_exec_mode=banana": "docex: open: cannot parse `DSN`: invalid default_query_exec_mode " +
			`(unknown value "banana")`,
	} {
		_, err := NewConnector(dsn, Config{})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", dsn, err, want)
		}
	}
	_, err := NewConnector("host=h sslmode=verify-full sslrootcert=/no/such/file", Config{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v in it", err, os.ErrNotExist)
	}
}

// A service file is a part of the DSN that is kept elsewhere: settings work there, and are held to the same rules. The
// DSN itself wins over it, as for all parameters.
func TestSettingsInServiceFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	text := "[good]\ndocex_pin=session\ndocex_max_tenants = 7\ndefault_query_exec_mode=exec\n" +
		"[misspelt]\nDOCEX_PIN=session\n[malformed]\ndocex_pin=x\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", file)
	s, err := parseDSN("host=h service=good docex_max_tenants=8", Config{})
	if err != nil {
		t.Fatal(err)
	}
	if s.config.Pin != PinSession || s.config.MaxTenants != 8 || !s.modeNamed || s.conn.DefaultQueryExecMode != pgx.QueryExecModeExec {
		t.Errorf("got %v, %d, %v, %v", s.config.Pin, s.config.MaxTenants, s.modeNamed, s.conn.DefaultQueryExecMode)
	}
	if diff := cmp.Diff(params.Lexer, s.conn.RuntimeParams); diff != "" {
		t.Error(diff)
	}
	for _, dsn := range []string{"service=misspelt", "service=malformed"} {
		if _, err := parseDSN(dsn, Config{}); err == nil {
			t.Errorf("%s is accepted", dsn)
		}
	}
}

// A tenant is never taken from the environment, and neither is a setting of docex.
func TestSettingsAreNotInEnvironment(t *testing.T) {
	for _, name := range settingNames() {
		t.Setenv(strings.ToUpper(name), "banana")
		t.Setenv(name, "banana")
	}
	if _, err := NewConnector("host=h", Config{}); err != nil {
		t.Error(err)
	}
}

func TestModeNamed(t *testing.T) {
	for dsn, want := range map[string]bool{
		"host=h":          false,
		"postgres://h/db": false,
		"host=h default_query_exec_mode=cache_statement": true,
		"postgres://h/db?default_query_exec_mode=exec":   true,
		"host=h statement_cache_capacity=9":              false,
	} {
		s, err := parseDSN(dsn, Config{})
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
		} else if s.modeNamed != want {
			t.Errorf("%s: got %v, want %v", dsn, s.modeNamed, want)
		}
	}
}

// TestInvalidSettings: values that can be read are checked like those of a Config.
func TestInvalidSettings(t *testing.T) {
	for _, setting := range []string{
		"docex_max_bytes=2000000000", "docex_shared_schemas=pg_catalog", "docex_shared_schemas=tenant_acme", "docex_shared_schemas=a,A",
		"docex_allow_settings=search_path", "docex_allow_functions=set_config", "docex_shared_schemas=docex_system",
		"docex_extension_schemas=x docex_system_schema=X", "docex_system_schema=" + strings.Repeat("x", 64),
		"docex_system_schema=\"\xff\"", "docex_shared_schemas=\xff",
	} {
		_, err := NewConnector("host=h "+setting, Config{})
		var typed *Error
		if !errors.As(err, &typed) {
			t.Errorf("%s: got %v", setting, err)
		}
	}
}
