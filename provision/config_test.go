package provision

import (
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestConfig(t *testing.T) {
	db := new(sql.DB)
	for _, c := range []struct {
		name string
		cfg  Config
		want error // nil: accepted
	}{
		{"zero", Config{}, nil},
		{"everything", Config{Environment: "Test 1", Strategy: SchemaPerTenant, SystemSchema: "sys_1",
			SystemTenantID: "$root",
			AppRole:        "My App", SharedSchemas: []string{"reference", "public"},
			DDL: fstest.MapFS{"a.sql": {Data: []byte("SELECT 1")}}}, nil},
		{"database per tenant", Config{Strategy: "database"}, ErrUnsupportedStrategy},
		{"row level", Config{Strategy: "row"}, ErrUnsupportedStrategy},
		{"on Citus", Config{Distribution: Citus}, nil},
		{"nonsense distribution", Config{Distribution: "Citus"}, ErrUnsupportedStrategy},
		{"row level on Citus", Config{Strategy: "row", Distribution: Citus}, ErrUnsupportedStrategy},
		{"nonsense strategy", Config{Strategy: "Schema"}, ErrUnsupportedStrategy},
		{"long environment", Config{Environment: strings.Repeat("x", 64)}, ErrInvalidConfig},
		{"environment with NUL", Config{Environment: "a\x00"}, ErrInvalidConfig},
		{"system schema in capitals", Config{SystemSchema: "Docex"}, ErrInvalidConfig},
		{"system schema with a quote", Config{SystemSchema: `a"b`}, ErrInvalidConfig},
		{"system schema with a digit first", Config{SystemSchema: "1a"}, ErrInvalidConfig},
		{"system schema of PostgreSQL", Config{SystemSchema: "pg_docex"}, ErrInvalidConfig},
		{"system schema public", Config{SystemSchema: "public"}, ErrInvalidConfig},
		{"system schema of a tenant", Config{SystemSchema: "tenant_acme"}, ErrInvalidConfig},
		{"long system schema", Config{SystemSchema: strings.Repeat("x", 64)}, ErrInvalidConfig},
		{"system tenant that a user could name", Config{SystemTenantID: "root"}, ErrInvalidConfig},
		{"system tenant $", Config{SystemTenantID: "$"}, ErrInvalidConfig},
		{"application role with NUL", Config{AppRole: "a\x00b"}, ErrInvalidConfig},
		{"long application role", Config{AppRole: strings.Repeat("x", 64)}, ErrInvalidConfig},
		{"a tenant's schema shared", Config{SharedSchemas: []string{"tenant_acme"}}, ErrInvalidConfig},
		{"the catalog shared", Config{SharedSchemas: []string{"pg_catalog"}}, ErrInvalidConfig},
		{"the registry shared", Config{SharedSchemas: []string{"docex_system"}}, ErrInvalidConfig},
		{"no name shared", Config{SharedSchemas: []string{""}}, ErrInvalidConfig},
		{"extension schemas", Config{ExtensionSchemas: []string{"ext", "public"}, SharedSchemas: []string{"reference"}}, nil},
		{"a tenant's schema of extensions", Config{ExtensionSchemas: []string{"tenant_acme"}}, ErrInvalidConfig},
		{"a schema shared and of extensions", Config{ExtensionSchemas: []string{"a"}, SharedSchemas: []string{"a"}},
			ErrInvalidConfig},
		{"an extension schema twice", Config{ExtensionSchemas: []string{"a", "a"}}, ErrInvalidConfig},
		{"long DDL version", Config{DDLVersion: strings.Repeat("x", 256)}, ErrInvalidConfig},
		{"no seed", Config{Seed: fstest.MapFS{"README": {}}}, ErrInvalidConfig},
		{"DDL as seed", Config{Seed: DDLString("CREATE TABLE a ()")}, ErrDDL},
		{"no DDL", Config{DDL: fstest.MapFS{"README": {}}}, ErrInvalidConfig},
		{"empty DDL", Config{DDL: fstest.MapFS{"a.sql": {Data: []byte(" \n")}}}, ErrInvalidConfig},
		{"DDL with NUL", Config{DDL: fstest.MapFS{"a.sql": {Data: []byte("SELECT 1\x00")}}}, ErrInvalidConfig},
		{"DDL in Latin 1", Config{DDL: fstest.MapFS{"a.sql": {Data: []byte("-- \xe9")}}}, ErrInvalidConfig},
		{"unreadable DDL", Config{DDL: fstest.MapFS{"a.sql": {Mode: fs.ModeDir}}}, ErrInvalidConfig},
	} {
		_, err := New(db, c.cfg)
		var e *Error
		if !errors.Is(err, c.want) || err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := New(nil, Config{}); !errors.Is(err, ErrInvalidConfig) {
		t.Errorf("nil handle: %v", err)
	}
}
