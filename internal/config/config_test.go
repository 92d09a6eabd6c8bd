package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

var (
	ignoreDir  = cmpopts.IgnoreUnexported(Config{})
	equalEmpty = cmpopts.EquateEmpty()
)

// What is written is read as it was, whatever the strings hold.
func TestRenderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Make[Config]().Draw(t, "config")
		want.Version, want.dir = Version, ""
		text, err := want.Render()
		if err != nil {
			t.Fatal(err)
		}
		got, err := parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got, ignoreDir, equalEmpty,
			cmp.Transformer("text", func(d DSN) string { return string(d) })); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
	})
}

// Every setting stands in the file that init writes: it is the documentation of the format.
func TestEverySettingIsWritten(t *testing.T) {
	text, err := Default().Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []any{Config{}, Database{}, Provision{}, Policy{}} {
		for i := range reflect.TypeOf(part).NumField() {
			if name, ok := reflect.TypeOf(part).Field(i).Tag.Lookup("yaml"); ok && !strings.Contains(string(text), name+":") {
				t.Errorf("%s is not in the file", name)
			}
		}
	}
}

// The names of a new file are the defaults of the packages: the file could as well be empty.
func TestDefaultIsTheDefault(t *testing.T) {
	p, err := Default().Provisioner()
	if err != nil {
		t.Fatal(err)
	}
	want := provision.Config{
		Environment: provision.DefaultEnvironment, Strategy: provision.SchemaPerTenant, Distribution: provision.Local,
		SystemSchema: provision.DefaultSystemSchema, SystemTenantID: scope.SystemTenantID,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	g, err := Default().Guard()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(guard.Policy{SystemSchema: provision.DefaultSystemSchema}, g); diff != "" {
		t.Error(diff)
	}
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", " yaml: no documents"},
		{"# nothing", " yaml: no documents"},
		{"environment: a", "says no version"},
		{"version: 2", "of version 2"},
		{"version: \"3\"", "of version 3"},
		{"version:\n  database:\n    admin_dsn: h1dden", "of version another kind"},
		{"version: 3\nenvironmet: a", "2:1: there is no setting environmet here"},
		{"version: 3\nversion: 3", "2:1: mapping key \"version\" already defined"},
		{"version: 3\ndatabase:\n  admin_dsn: [h1dden]", "3:14: cannot construct"},
		{"version: 3\ndatabase: postgres://u:h1dden@h/d", "2:11: cannot construct"},
		{"version: 3\npolicy:\n  max_bytes: h1dden", "3:14: cannot construct"},
		{"version: 3\npolicy:\n  shared_schemas: h1dden", "3:19: cannot construct"},
		{"version: 3\ndatabase:\n  admin_dsn: *h1dden", "3:14: unknown anchor"},
		{"version: 3\ndatabase:\n  admin_dsn: 'h1dden", "unexpected end of stream"},
		{"version: 3\ndatabase:\n  admin_dsn: \"h1dden\" h1dden", "did not find"},
		{"version: 3\ndatabase:\n  admin_dsn: @h1dden", "cannot start any token"},
		{"version: 3\n---\nversion: 3", "more than one document"},
		{"version: 3\n--- {", "more than one document"},
		{"[3]", "cannot construct"},
		{"\x00", ""},
	} {
		_, err := parse([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "h1dden") {
			t.Errorf("%q: got %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestExpand(t *testing.T) {
	t.Setenv("DOCEX_TEST_A", "a: [b] ${DOCEX_TEST_B}")
	t.Setenv("DOCEX_TEST_EMPTY", "")
	for _, tt := range []struct{ in, want, failure string }{
		{in: "plain $ $system $$", want: "plain $ $system $$"},
		{in: "<${DOCEX_TEST_A}>", want: "<a: [b] ${DOCEX_TEST_B}>"}, // values are neither YAML nor expanded again
		{in: "${DOCEX_TEST_EMPTY}", want: ""},
		{in: "$${DOCEX_TEST_A}", want: "${DOCEX_TEST_A}"},
		{in: "${DOCEX_TEST_UNSET}", failure: "DOCEX_TEST_UNSET is not set"},
		{in: "${}", failure: "without a name"},
		{in: "${DOCEX_TEST_A", failure: "without a name and }"},
	} {
		got, err := expand(tt.in)
		if tt.failure == "" && (err != nil || got != tt.want) || tt.failure != "" &&
			(err == nil || !strings.Contains(err.Error(), tt.failure)) {
			t.Errorf("%q: got %q, %v, want %q, %s", tt.in, got, err, tt.want, tt.failure)
		}
	}
}

// Load expands what is below the top and in lists, but no DSN: that is for whoever connects.
func TestLoad(t *testing.T) {
	t.Setenv("DOCEX_TEST_A", "ref")
	path := write(t, `version: 3
environment: ${DOCEX_TEST_A}
database: {admin_dsn: "${DOCEX_TEST_UNSET}"}
provision: {ddl: sql}
policy: {shared_schemas: ["x${DOCEX_TEST_A}"]}`)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Environment != "ref" || len(c.Policy.SharedSchemas) != 1 || c.Policy.SharedSchemas[0] != "xref" {
		t.Errorf("got %+v", c)
	}
	if _, err := c.Database.AdminDSN.Expand("x"); !errors.Is(err, ErrNoDSN) ||
		!strings.Contains(err.Error(), "DOCEX_TEST_UNSET") {
		t.Errorf("admin_dsn: %v", err)
	}
	if _, err := c.Database.AppDSN.Expand("database.app_dsn"); !errors.Is(err, ErrNoDSN) ||
		!strings.Contains(err.Error(), "database.app_dsn") {
		t.Errorf("app_dsn: %v", err)
	}
	if _, err := c.Provisioner(); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "provision.ddl") {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := os.Mkdir(filepath.Join(filepath.Dir(path), "sql"), 0o755); err != nil {
		t.Fatal(err)
	}
	if p, err := c.Provisioner(); err != nil || p.DDL == nil { // relative to the file, not to the working folder
		t.Errorf("got %v, %v", p.DDL, err)
	}
	if _, err := Load(write(t, "version: 3\nenvironment: ${DOCEX_TEST_UNSET}")); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if _, err := Load(path + ".not"); !errors.Is(err, ErrNoFile) {
		t.Errorf("got %v", err)
	}
}

// No list and an empty one are different: the default, and none.
func TestReadOnlyTables(t *testing.T) {
	for _, want := range [][]string{nil, {}, {"a", "B c"}} {
		c := Default()
		c.Provision.ReadOnlyTables = want
		text, err := c.Render()
		if err != nil {
			t.Fatal(err)
		}
		c, err = Load(write(t, string(text)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Provisioner()
		if diff := cmp.Diff(want, p.ReadOnlyTables); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
}

// A word means tenants without tables. A folder of that name is named as one.
func TestNoDDL(t *testing.T) {
	path := write(t, "version: 3\nprovision: {ddl: none}")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Provisioner()
	if diff := cmp.Diff(provision.NoDDL(), p.DDL); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if p, err := LoadPolicy(path); err != nil || len(p.TenantFunctions) > 0 {
		t.Errorf("policy %+v, %v", p, err)
	}
	c.Provision.DDL = "./none"
	if _, err := c.Provisioner(); !errors.Is(err, ErrInvalid) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestGuardRefusesAnUnknownLevel(t *testing.T) {
	c := Config{Policy: Policy{Catalog: "some"}}
	if _, err := c.Guard(); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
	c.Policy.Catalog = "orm"
	if p, err := c.Guard(); err != nil || p.Catalog != guard.CatalogORM {
		t.Errorf("got %v, %v", p.Catalog, err)
	}
}

// A DSN does not print, however it is printed.
func TestDSNHides(t *testing.T) {
	c := Config{Database: Database{AdminDSN: "h1dden"}}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q %v", c, c, c.Database.AdminDSN,
		c.Database.AdminDSN, &c), string(asJSON)} {
		if strings.Contains(s, "h1dden") {
			t.Errorf("%s", s)
		}
	}
}

func TestCreate(t *testing.T) {
	for dsn, want := range map[DSN]fs.FileMode{
		"":                        0o644,
		"${A}":                    0o644,
		"postgres://u:pw@h/d":     0o600,
		"postgres://u:${PW}@h/d":  0o644,
		"host=h password='a ${B}": 0o600,
	} {
		path := filepath.Join(t.TempDir(), Name)
		c := Default()
		c.Database.AppDSN = dsn
		if err := c.Create(path); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%q: mode %o, want %o", string(dsn), info.Mode().Perm(), want)
		}
		if err := c.Create(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a second time: %v", err)
		}
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), Name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecret(t *testing.T) {
	for dsn, want := range map[DSN]bool{
		"":                                      false,
		"${DSN}":                                false,
		"${DSN}&docex_pin=session":              false,
		"postgres://app@db:5432/docs":           false,
		"postgres://app:${PASSWORD}@db/docs":    false,
		"host=db user=app password=${PASSWORD}": false,
		"postgres://app:secret@db/docs":         true,
		"postgres://app@db/docs?password=s":     true,
		"host=db password = 'secret'":           true,
		"postgres://app:$${secret}@db/docs":     true,
		"postgres://${USER}:s${REST}@db/docs":   true,
	} {
		if got := dsn.Secret(); got != want {
			t.Errorf("%s: %v, want %v", string(dsn), got, want)
		}
	}
}

// A password that a URL does not hold as it is would be shown as a host, or as a database.
func TestExpandRefusesMisreadURLs(t *testing.T) {
	for _, dsn := range []DSN{
		"postgres://app:a@h1dden@host/d", "postgres://app:1/h1dden@host/d", "postgresql://app:a@h1dden@host",
		"postgres://app:1/a/h1dden@host/d?x=y",
	} {
		if _, err := dsn.Expand("x"); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "h1dden") {
			t.Errorf("%s: %v", string(dsn), err)
		}
	}
	for _, dsn := range []DSN{
		"postgres://app:a%40%2F@host/d?application_name=a@b", "postgres:///d?user=a@b", "postgres://host:1/d",
		"postgres://app@h1:1,h2:2/d",
		"user=a@b password='p@ss/w@rd' host=/run", "host=h password=a://b@c/d@e", "password=://@@ host=h",
	} {
		if _, err := dsn.Expand("x"); err != nil {
			t.Errorf("%s: %v", string(dsn), err)
		}
	}
}
