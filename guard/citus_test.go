package guard_test

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

//go:embed testdata/citus_objects.tsv
var citusObjects string

// citusObject is a line of citus_objects.tsv.
type citusObject struct {
	kind, schema, name string
	types              string // of a function's arguments
	args, needed       int    // how many a function has, and how many cannot be left out
}

func loadCitusObjects(t *testing.T) (all []citusObject) {
	t.Helper()
	for line := range strings.Lines(citusObjects) {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		o := citusObject{kind: f[0], schema: f[1], name: f[2], types: f[3]}
		if o.types != "" {
			defaults, _ := strconv.Atoi(f[4])
			o.args = 1 + strings.Count(o.types, ",")
			o.needed = o.args - defaults
		}
		all = append(all, o)
	}
	if len(all) != 341 {
		t.Fatalf("%d objects", len(all))
	}
	return all
}

// citusHarmless may be used without harm: as a call, behind a dot, or as a type.
var citusHarmless = map[string]map[string]string{
	"call": {"any_value": "PostgreSQL 16 has it, too; it returns one of its arguments"},
	"field": {
		"any_value": "as above", "array_cat_agg": "aggregates its argument", "json_cat_agg": "the same",
		"jsonb_cat_agg": "the same", "worker_hash": "hashes its argument", "authinfo_valid": "judges its argument",
		"poolinfo_valid": "the same", "cluster_clock_in": "reads a pair of numbers", "cluster_clock_out": "prints it",
		"cluster_clock_recv": "SQL has no argument for it", "cluster_clock_send": "prints the pair of numbers",
		"cluster_clock_logical": "returns one of them", "worker_partial_agg_ffunc": "SQL has no argument for it",
		"worker_drop_all_shell_tables": "it is a procedure, and a dot calls none",
		"cluster_clock":                "a pair of numbers", "noderole": "a word of a list",
		"replication_slot_info": "numbers and texts", "split_copy_info": "the same", "split_shard_info": "the same",
	},
	"type": {
		"cluster_clock": "a pair of numbers", "noderole": "a word of a list", "replication_slot_info": "numbers and texts",
		"split_copy_info": "numbers and texts", "split_shard_info": "numbers and texts",
	},
}

// The ways in which the grammar reaches an object. % is its name, and with arguments %().
var citusForms = map[string][]string{
	"call": {`SELECT %()`, `SELECT * FROM %() AS f`, `CALL %()`, `SELECT %('x')`, `SELECT %($1)`, `SELECT (%()).*`,
		`SELECT %(DISTINCT name ORDER BY name) FILTER (WHERE true) OVER () FROM documents`,
		`SELECT * FROM ROWS FROM (%(), lower('A'))`, `SELECT * FROM documents TABLESAMPLE %(1)`,
		`INSERT INTO documents (name) VALUES (%())`, `UPDATE documents SET name = %()`,
		`DELETE FROM documents WHERE %() IS NULL`, `EXPLAIN SELECT %()`},
	"read": {`SELECT * FROM %`, `TABLE %`, `SELECT name FROM documents, % AS x`, `SELECT * FROM ONLY %`,
		`SELECT (SELECT count(*) FROM %)`, `INSERT INTO documents SELECT FROM %`},
	"write": {`INSERT INTO % VALUES (1)`, `UPDATE % SET a = 1`, `DELETE FROM %`, `LOCK %`, `TRUNCATE %`,
		`SELECT * FROM % FOR SHARE`, `MERGE INTO % USING documents ON true WHEN MATCHED THEN DELETE`,
		`WITH x AS (DELETE FROM % RETURNING *) SELECT * FROM x`, `COPY % FROM STDIN`},
	"sequence": {`SELECT nextval('%')`, `SELECT setval('%', 1)`},
	"type": {`SELECT 'x'::%`, `SELECT NULL::%[]`, `SELECT CAST(name AS %) FROM documents`, `SELECT % 'x'`,
		`SELECT * FROM json_to_record('{}') AS r(a %)`},
	"field": {`SELECT x.% FROM unnest(ARRAY['x']) AS x`, `SELECT (d.name).% FROM documents AS d`},
}

// statements are those of a form that reach the object.
func (o citusObject) statements(form string) (all []string) {
	names := []string{o.schema + "." + o.name, fmt.Sprintf("%q.%q", o.schema, o.name)}
	if o.schema == "pg_catalog" || o.schema == "public" {
		names = append(names, o.name, strings.ToUpper(o.name))
	}
	if form == "field" { // none of which has a schema; a relation's name is a type's, and only its array is cast to
		switch names = []string{o.name}; o.kind {
		case "type":
			names = append(names, "_"+o.name)
		case "table", "view":
			names = []string{"_" + o.name}
		}
	}
	args := strings.Join(slices.Repeat([]string{"NULL"}, o.args), ", ")
	for _, name := range names {
		for _, text := range citusForms[form] {
			all = append(all, strings.NewReplacer("%()", name+"("+args+")", "%", name).Replace(text))
		}
	}
	return all
}

// forms are what may be tried on the object. Behind a dot are names of the search_path, and of functions with one
// argument.
func (o citusObject) forms() (forms []string) {
	dot := o.schema == "pg_catalog" || o.schema == "public"
	switch o.kind {
	case "function", "aggregate", "procedure":
		forms, dot = []string{"call"}, dot && o.needed <= 1 && o.args >= 1
	case "type":
		forms = []string{"type"}
	case "sequence": // which has no type
		return []string{"read", "write", "sequence"}
	default:
		forms = []string{"read", "write", "type"}
	}
	if dot {
		forms = append(forms, "field")
	}
	return forms
}

// What Citus adds to a database is closed to tenants, whatever they try, and whether or not the database has it.
func TestCitusObjects(t *testing.T) {
	t.Parallel()
	objects := loadCitusObjects(t)
	for _, level := range []guard.CatalogLevel{guard.CatalogNone, guard.CatalogORM} {
		g, harmless := mustNew(t, guard.Policy{Catalog: level}), map[string]bool{}
		for _, o := range objects {
			for _, form := range o.forms() {
				for _, sql := range o.statements(form) {
					if g.Check("tenant_acme", sql) != nil {
						continue
					}
					harmless[form+o.name] = true
					if citusHarmless[form][o.name] == "" {
						t.Errorf("level %d: %s(%s): allowed: %s", level, o.kind, o.types, sql)
					}
				}
			}
		}
		for form, names := range citusHarmless {
			for name := range names {
				if !harmless[form+name] {
					t.Errorf("level %d: %s as a %s is on the list of what is allowed, and refused", level, name, form)
				}
			}
		}
	}
}

// CatalogAll opens what describes the cluster to reading, which the server's rights then decide, and nothing else.
func TestCitusObjectsInCatalogAll(t *testing.T) {
	t.Parallel()
	g := mustNew(t, guard.Policy{Catalog: guard.CatalogAll})
	for _, o := range loadCitusObjects(t) {
		for _, form := range o.forms() {
			for _, sql := range o.statements(form) {
				allowed := g.Check("tenant_acme", sql) == nil
				switch form {
				case "read":
					if open := o.schema == "pg_catalog" || o.schema == "public" && !strings.Contains(sql, "public"); allowed != open {
						t.Errorf("allowed %t: %s", allowed, sql)
					}
				case "call", "write", "sequence":
					if allowed && citusHarmless[form][o.name] == "" {
						t.Errorf("allowed: %s", sql)
					}
				}
			}
		}
	}
}

// Citus' settings decide where and how statements run, so that they are like all others: closed unless the policy names
// one.
func TestCitusSettings(t *testing.T) {
	v := verdicts(t, guard.Policy{Catalog: guard.CatalogAll})
	v.rule = guard.RuleSetting
	for _, name := range []string{"citus.enable_ddl_propagation", "citus.enable_schema_based_sharding",
		"citus.node_conninfo", "citus.propagate_set_commands", "citus.override_table_visibility", "application_name"} {
		for _, form := range []string{"SET % = 'x'", "SET LOCAL % TO 'x'", "RESET %", "SHOW %"} {
			v.deny(strings.ReplaceAll(form, "%", name))
		}
	}
	v.deny(`SELECT current_setting('citus.node_conninfo')`)
	v.rule = guard.RuleFunction
	v.deny(`SELECT set_config('citus.enable_ddl_propagation', 'off', false)`)
}

// The name of a function in pg_catalog means that one first. Where a tenant has one of that name, the guard goes by the
// word of whoever knows the server: the driver's asks it, and the policy's list is the operator's.
func TestCitusNamesOfOnesOwn(t *testing.T) {
	const name = "create_time_partitions"
	g := mustNew(t, guard.Policy{})
	for _, known := range []bool{false, true} {
		err := g.WithFunctions(func(string, string) bool { return known }).Check("tenant_acme", "SELECT "+name+"(1, 2)")
		if err == nil != known {
			t.Errorf("known %t: %v", known, err)
		}
	}
	if err := g.Check("tenant_acme", "SELECT tenant_acme."+name+"(1, 2)"); err != nil {
		t.Error(err)
	}
}
