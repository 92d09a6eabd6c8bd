package vet

import (
	"go/ast"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// elsewhereModules have drivers for other databases.
var elsewhereModules = []string{
	"github.com/go-sql-driver/mysql",
	"github.com/mattn/go-sqlite3", "modernc.org/sqlite", "github.com/glebarez/go-sqlite", "github.com/ncruces/go-sqlite3",
	"github.com/tursodatabase/go-libsql", "github.com/tursodatabase/libsql-client-go",
	"github.com/marcboeker/go-duckdb", "github.com/duckdb/duckdb-go",
	"github.com/microsoft/go-mssqldb", "github.com/denisenkom/go-mssqldb",
	"github.com/sijms/go-ora", "github.com/godror/godror", "github.com/mattn/go-oci8",
	"github.com/ClickHouse/clickhouse-go", "github.com/snowflakedb/gosnowflake", "github.com/databricks/databricks-sql-go",
	"github.com/googleapis/go-sql-spanner", "github.com/trinodb/trino-go-client",
}

// postgresModules have drivers for PostgreSQL, docex among them.
var postgresModules = []string{"github.com/jackc/pgx", "github.com/lib/pq", "github.com/docex/docex"}

// elsewhere reports whether a package works for another kind of database: it imports a driver for one, and none for
// PostgreSQL. Then a handle of which nobody knows the origin is not taken for docex's. What only tests import does not
// count, since they may stand in for PostgreSQL with SQLite; in a package of tests it does.
func elsewhere(a *analysis.Pass) bool {
	var product, tests []*ast.File
	for _, f := range a.Files {
		if strings.HasSuffix(a.Fset.File(f.FileStart).Name(), "_test.go") {
			tests = append(tests, f)
		} else {
			product = append(product, f)
		}
	}
	if len(product) == 0 {
		product = tests
	}
	return importsAny(product, elsewhereModules) && !importsAny(product, postgresModules)
}

func importsAny(files []*ast.File, modules []string) bool {
	for _, f := range files {
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value) // the parser has seen to it
			for _, m := range modules {
				if path == m || strings.HasPrefix(path, m+"/") {
					return true
				}
			}
		}
	}
	return false
}
