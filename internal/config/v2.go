package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Note is what became of a setting of DocEX v2. It never holds a password.
type Note struct {
	Key  string `json:"key"`  // such as database.postgres.host
	Text string `json:"text"` // for people
}

// Migration is a DocEX v2 configuration in version 3.
type Migration struct {
	Config Config   // for Render
	Notes  []Note   // one for each setting of the old file, in the order of their names
	Steps  []string // what has to be done by hand, in this order
}

// Placeholders of passwords, which are not carried over.
const (
	adminPassword = "${DOCEX_ADMIN_PASSWORD}"
	appPassword   = "${DOCEX_APP_PASSWORD}"
)

// appRole is what the new login of the application is called: version 2 had one login for everything.
const appRole = "docex_app"

// FromV2 reads the text of a DocEX v2 configuration. The error, without the file's name, is about text that is not
// YAML, or not a DocEX v2 configuration.
func FromV2(text []byte) (Migration, error) {
	var tree map[string]any
	if err := yaml.Load(text, &tree); err != nil {
		return Migration{}, withoutValues(err)
	}
	if v, ok := tree["version"]; ok {
		return Migration{}, fmt.Errorf(" it says version: %v, which files of DocEX v2 do not", scalar(v))
	}
	old := v2{}
	old.add("", tree)
	if !slices.ContainsFunc(v2Settings, func(s v2Setting) bool { _, ok := old[s.key]; return ok }) {
		return Migration{}, errors.New(" it has no setting of DocEX v2, such as database.postgres.host")
	}
	return Migration{Config: old.config(), Notes: old.notes(), Steps: old.steps()}, nil
}

// v2 holds an old file's settings: the path of each, and its value.
type v2 map[string]any

func (old v2) add(path string, value any) {
	m, ok := value.(map[string]any)
	if !ok {
		old[path] = value
		return
	}
	for key, value := range m {
		old.add(joinPath(path, key), value)
	}
}

// get returns a setting, or what DocEX v2 takes when it is missing.
func (old v2) get(key, missing string) string {
	if v, ok := old[key]; ok && v != nil {
		return fmt.Sprint(v)
	}
	return missing
}

func (old v2) postgres() bool {
	kind := old.get("database.type", "sqlite")
	return kind == "postgres" || kind == "postgresql"
}

// initialized reports whether version 2 may have made its bootstrap tenant.
func (old v2) initialized() bool { return old.get("multi_tenancy.enabled", "false") == "true" }

// schemaPerTenant reports whether version 2 kept tenants in schemas of their own, or all in the tables of one.
func (old v2) schemaPerTenant() bool {
	return old.initialized() || old.get("security.multi_tenancy_model", "row_level") == "database_level"
}

func (old v2) config() Config {
	c := Default()
	c.Provision.AppRole = appRole
	c.Provision.SystemSchema = old.systemSchema()
	if old.postgres() {
		c.Database.AdminDSN = old.dsn(old.get("database.postgres.user", "postgres"), adminPassword)
		c.Database.AppDSN = old.dsn(appRole, appPassword)
	}
	return c
}

// systemSchema is docex_system, unless that is the schema of version 2's bootstrap tenant, whose tables are others.
func (old v2) systemSchema() string {
	name := Default().Provision.SystemSchema
	if old.initialized() && old.get("multi_tenancy.bootstrap_tenant.schema", name) == name {
		return name + "_v3"
	}
	return name
}

// dsn returns a URL; password is put in as it is.
func (old v2) dsn(user, password string) DSN {
	const placeholder = "password"
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, placeholder),
		Path: "/" + old.get("database.postgres.database", "docex")}
	host, port := old.get("database.postgres.host", "localhost"), old.get("database.postgres.port", "5432")
	if strings.HasPrefix(host, "/") { // the folder of a Unix socket
		u.RawQuery = url.Values{"host": {host}, "port": {port}}.Encode()
	} else {
		u.Host = net.JoinHostPort(host, port)
	}
	return DSN(strings.Replace(u.String(), ":"+placeholder+"@", ":"+password+"@", 1))
}

func (old v2) notes() []Note {
	notes := make([]Note, 0, len(old))
	for _, key := range slices.Sorted(maps.Keys(old)) {
		notes = append(notes, Note{key, old.note(key)})
	}
	return notes
}

func (old v2) note(key string) string {
	for _, s := range v2Settings {
		if s.key == key || strings.HasSuffix(s.key, ".") && strings.HasPrefix(key, s.key) {
			return s.note(old)
		}
	}
	return "not known, and not carried over"
}
