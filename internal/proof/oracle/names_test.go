package oracle

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// firstColumns reads the first two columns of one of the guard's data files.
func firstColumns(t *testing.T, file string) (rows [][2]string) {
	t.Helper()
	data, err := os.ReadFile("../../../guard/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Split(line, "\t"); line[0] != '#' && len(f) > 1 {
			rows = append(rows, [2]string{f[0], f[1]})
		}
	}
	if len(rows) < 100 {
		t.Fatalf("%s has %d lines", file, len(rows))
	}
	return rows
}

// constants name another tenant and its things, own things and the server's. {role} is the other tenant's role.
var constants = []string{
	"tenant_globex", "tenant_globex.document", "{role}", "globex", "document", "tenant_acme.document", "document_id_seq",
	"english", "pg_catalog.english", "16384", "-",
}

// casts are the ways to write a constant of a type.
var casts = []string{
	"'%[2]s'::%[1]s", "CAST('%[2]s' AS %[1]s)", "%[1]s '%[2]s'", "'%[2]s'::pg_catalog.%[1]s", "%[1]s('%[2]s')",
	"('%[2]s')::%[1]s", "'%[2]s'::text::%[1]s", "'{%[2]s}'::%[1]s[]",
}

// places are where the constant stands among the arguments.
var places = []string{"%s", "%s, 'a'", "%s, 'a', 'b'", "%s, NULL, NULL, NULL", "'a', %s", "'a', 'b', %s"}

// uses are what may become of a value that names something, and what may stand beside it.
var uses = []string{
	"(%s)::text", "(%s)::oid::text", "(%s) IS NULL", "(%s) IS NOT NULL", "(%s) = 'tenant_globex.document'",
	"(SELECT count(*) FROM document WHERE id = %s)", "(SELECT count(*) FROM document WHERE name = %s)",
	"(SELECT count(*) FROM (SELECT 'tenant_globex.document' AS n) AS q WHERE n = %s)",
	"(SELECT count(*) FROM (VALUES ('tenant_globex.document')) AS q (n) WHERE n IN (%s))",
	"(SELECT count(*) FROM document WHERE id IN (%s, 'tenant_globex.document'))",
	"(SELECT count(*) FROM document WHERE id IN (%s, 'tenant_globex.document'::text))",
	"(%s) IN ('tenant_globex.document')", "(%s) IS DISTINCT FROM 'tenant_globex.document'",
	"CASE WHEN true THEN %s ELSE 'tenant_globex.document' END", "coalesce(%s, 'tenant_globex.document')::text",
	"(SELECT %s UNION ALL SELECT 'tenant_globex.document' LIMIT 1)::text", "(%s, 1) IS NULL", "ARRAY[%s]::text",
	"(VALUES (%s), ('tenant_globex.document') LIMIT 1)::text", "greatest(%s, 'tenant_globex.document')::text",
	"pg_relation_size(%s)", "pg_size_pretty(pg_total_relation_size(%s))", "pg_typeof(%s)::text", "nextval(%s) > 0",
	"to_tsvector(%s, 'a')", "(%s)::regclass::text", "(%s)::regclass IS NULL", "(%s)::regtype::text", "row(%s)::text",
	"to_json(%s)", "format('%%s', %s)", "(%s)::varchar = 'x'", "(%s)::text || ''",
}

// usedStatements yields every use of constants and look-ups.
func usedStatements(yield func(string) bool) {
	for _, typ := range []string{"regclass", "regtype", "regnamespace", "regrole", "regproc", "regconfig"} {
		for _, constant := range constants {
			var values []string
			for _, cast := range casts {
				values = append(values, fmt.Sprintf(cast, typ, constant))
			}
			values = append(values, fmt.Sprintf("to_%s('%s')", typ, constant),
				fmt.Sprintf("pg_catalog.to_%s('%s'::text)", typ, constant),
				fmt.Sprintf("pg_typeof('%s'::text)", constant), fmt.Sprintf("('pg_catalog.' || '%s')::%s", constant, typ))
			for _, value := range values {
				for _, use := range uses {
					if !yield(fmt.Sprintf("SELECT "+use, value)) {
						return
					}
				}
			}
		}
	}
}

// namingStatements yields calls of every function with a constant of each type whose values are names, at each of the
// first three arguments. Functions that take such constants get every spelling and every constant.
func namingStatements(t *testing.T) func(yield func(string) bool) {
	var types []string
	for _, row := range firstColumns(t, "types.tsv") {
		if row[1] == "catalog" && strings.HasPrefix(row[0], "reg") {
			types = append(types, row[0])
		}
	}
	if len(types) < 10 {
		t.Fatalf("only the types %v", types)
	}
	functions := firstColumns(t, "functions.tsv")
	return func(yield func(string) bool) {
		for _, f := range functions {
			some, spellings := constants[:1], casts[:1]
			if f[1] != "safe" && f[1] != "refused" {
				some, spellings = constants, casts
			}
			for _, typ := range types {
				for _, constant := range some {
					for _, cast := range spellings {
						value := fmt.Sprintf(cast, typ, constant)
						for _, args := range places {
							if !yield(fmt.Sprintf("SELECT "+f[0]+"("+args+")", value)) {
								return
							}
						}
					}
				}
			}
		}
	}
}

// A tenant cannot find out by a constant that names something whether another tenant is there: what the guard allows
// gives the same answers and errors in a database with the other tenant and in one without.
func TestNoNameTells(t *testing.T) {
	t.Parallel()
	with, without := namesWorld(t, "acme", "globex"), namesWorld(t, "acme")
	role := with.roles["globex"]
	g, err := guard.New(guard.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	asked, allowed := 0, 0
	a, b := with.pinned(t, "acme"), without.pinned(t, "acme")
	statements := func(yield func(string) bool) {
		more := true
		for text := range namingStatements(t) {
			if more = yield(text); !more {
				return
			}
		}
		usedStatements(yield)
	}
	for text := range statements {
		asked++
		text = strings.ReplaceAll(text, "{role}", role)
		if g.Check(tenant, text) != nil {
			continue
		}
		allowed++
		if x, y := told(t, a, text), told(t, b, text); x != y {
			t.Errorf("%s\nwith the other tenant: %s\nwithout it: %s", text, x, y)
		}
	}
	t.Logf("%d statements, %d allowed", asked, allowed)
	if asked < 200_000 || allowed < 100 {
		t.Errorf("%d statements and %d allowed are too few", asked, allowed)
	}
}

// namesWorld is a database with the DocEX DDL for some tenants.
func namesWorld(t *testing.T, tenants ...string) *installation {
	t.Helper()
	db := pgtest.NewDB(t)
	in := &installation{DB: db, admin: db.Admin(t), roles: map[string]string{}}
	p, err := provision.New(in.admin, provision.Config{AppRole: db.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range tenants {
		created, err := p.Create(t.Context(), provision.Tenant{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		in.roles[id] = created.Role
	}
	return in
}

var number = regexp.MustCompile(`[0-9]{4,}`)

// told is what a statement returns, or the error. Numbers of objects differ between databases.
func told(t *testing.T, s *session, text string) string {
	t.Helper()
	result := s.conn.ExecParams(t.Context(), text, nil, nil, nil, nil).Read()
	if result.Err != nil {
		return result.Err.Error()
	}
	var rows []string
	for _, row := range result.Rows {
		rows = append(rows, number.ReplaceAllString(fmt.Sprintf("%q", row), "#"))
	}
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}
