package provision

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"
)

//go:embed sql/describe/*.sql
var describeFS embed.FS

// object is what a row of a description is about: a kind such as "column" and a name without the schema.
type object struct{ kind, name string }

// shape is a description of a schema: the definition of each object in it. It is the same for all tenants of one DDL:
// their schema's name is left out, and their roles have placeholders.
type shape map[object]string

// description is what the catalog says of a tenant at one moment.
type description struct {
	schema shape        // empty: there is no such schema
	role   shape        // the tenant's role, memberships and rights that come with its state
	place  []Difference // of where the tenant's tables are, and of rights on Citus' workers; where it was asked for
}

// roleFile is the file of the tenant's role; the others are about its schema.
const roleFile = "200_role.sql"

// describeQuery is the files of sql/describe in one query: one round trip, one snapshot. roleQuery is that of the role
// alone.
var (
	describeQuery = sync.OnceValue(func() string { return joinDescribe(func(string) bool { return true }) })
	roleQuery     = sync.OnceValue(
		func() string { return joinDescribe(func(name string) bool { return name == roleFile }) })
)

func joinDescribe(wanted func(name string) bool) string {
	d, err := readDDL(describeFS, "sql/describe")
	if err != nil {
		panic(err) // the files are part of the program
	}
	var parts []string
	for _, f := range d.files[1:] {
		if wanted(f.name) {
			parts = append(parts, fmt.Sprintf("SELECT %t, x.* FROM (\n%s) AS x", f.name == roleFile, f.text))
		}
	}
	return d.files[0].text + "SELECT role, kind, object, definition, array_agg(one) FROM (\n" +
		strings.Join(parts, "\nUNION ALL\n") +
		") AS u (role, kind, object, definition, n), unnest(n) AS one GROUP BY role, kind, object, definition"
}

// describePlan has the server look everything up by index, with one plan for all tenants. Left to itself it plans anew
// for each, which takes longer than the query, or reads whole catalogs where its statistics are out of date.
const describePlan = `
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('jit', 'off', true)`

// describe reads what there is of a tenant.
func (p *Provisioner) describe(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (description, error) {
	ds, err := describe(ctx, tx, describeQuery(), in, []Tenant{t})
	return ds[0], err
}

// describeRole reads the tenant's role only.
func (p *Provisioner) describeRole(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (shape, error) {
	ds, err := describe(ctx, tx, roleQuery(), in, []Tenant{t})
	return ds[0].role, err
}

// describeWithPlaces describes tenants, and where their tables are.
func describeWithPlaces(ctx context.Context, tx *sql.Tx, in installation, ts []Tenant) ([]description, error) {
	ds, err := describe(ctx, tx, describeQuery(), in, ts)
	if err != nil {
		return ds, err
	}
	return ds, in.placesOf(ctx, tx, ts, ds)
}

// describe runs query for tenants and returns a description for each. A row is for all of them that it is true of.
func describe(ctx context.Context, tx *sql.Tx, query string, in installation, ts []Tenant) ([]description, error) {
	ds := make([]description, len(ts))
	locals := make([]func(string) string, len(ts))
	schemas, roles := make([]string, len(ts)), make([]string, len(ts))
	for i, t := range ts {
		ds[i] = description{schema: shape{}, role: shape{}}
		locals[i], schemas[i], roles[i] = unqualifier(t.Schema), t.Schema, t.Role
	}
	if _, err := tx.ExecContext(ctx, describePlan); err != nil {
		return ds, err
	}
	rows, err := tx.QueryContext(ctx, query, schemas, roles, in.appRole, in.sharedRole, in.holder())
	if err != nil {
		return ds, err
	}
	defer rows.Close()
	var numbers []int
	scanner := pgtype.NewMap().SQLScanner(&numbers)
	for rows.Next() {
		var role bool
		var o object
		var definition sql.NullString
		if err := rows.Scan(&role, &o.kind, &o.name, &definition, scanner); err != nil {
			return ds, err
		}
		for _, n := range numbers {
			into, local := ds[n-1].schema, locals[n-1]
			if role {
				into = ds[n-1].role
			}
			into.add(object{o.kind, local(o.name)}, local(definition.String))
		}
	}
	return ds, rows.Err()
}

// add puts an object into s. Names are unique but where the server prints two alike; those become one object.
func (s shape) add(o object, definition string) {
	if other, ok := s[o]; ok {
		both := []string{other, definition}
		slices.Sort(both)
		definition = strings.Join(both, "; ")
	}
	s[o] = definition
}

// unqualifier returns a function that takes a schema's name out of a text of the server's: gone where it qualifies a
// name, a placeholder elsewhere, such as in a function's SET search_path.
func unqualifier(schema string) func(string) string {
	names := []string{quote(schema), schema}
	return func(text string) string {
		for _, name := range names {
			text = replaceName(text, name)
		}
		return text
	}
}

// replaceName replaces name where it is a whole identifier.
func replaceName(text, name string) string {
	if !strings.Contains(text, name) {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, name)
		b.WriteString(before)
		switch {
		case !found:
			return b.String()
		case endsInName(before), startsInName(after):
			b.WriteString(name)
		case strings.HasPrefix(after, "."):
			after = after[1:]
		default:
			b.WriteString("{{schema}}")
		}
		text = after
	}
}

func endsInName(s string) bool   { return s != "" && inName(s[len(s)-1]) }
func startsInName(s string) bool { return s != "" && inName(s[0]) }

// inName reports whether c can be part of an identifier, quoted ones of tenants' schemas included, or is a quote of
// one.
func inName(c byte) bool {
	return c == '_' || c == '$' || c == '-' || c == '"' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// escape keeps an entry of a description on one line, and unescape undoes it.
var (
	escape   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r")
)

// text returns s as lines of kind, name and definition, with tabs between, sorted byte by byte.
func (s shape) text() string {
	lines := make([]string, 0, len(s))
	for o, definition := range s {
		lines = append(lines, escape.Replace(o.kind)+"\t"+escape.Replace(o.name)+"\t"+escape.Replace(definition)+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// parseShape is the inverse of text.
func parseShape(text string) (shape, error) {
	s := shape{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			return nil, errors.New("malformed description in the system schema")
		}
		s[object{unescape.Replace(fields[0]), unescape.Replace(fields[1])}] = unescape.Replace(fields[2])
	}
	return s, nil
}

func (s shape) digest() string {
	sum := sha256.Sum256([]byte(s.text()))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// diff returns what differs between want and got, sorted by kind and name. What one difference tells is not told again
// by another, of the order of columns.
func diff(want, got shape) []Difference {
	var ds []Difference
	for o, w := range want {
		if g, ok := got[o]; !ok {
			ds = append(ds, Difference{Change: Missing, Kind: o.kind, Object: o.name, Want: w})
		} else if g != w {
			ds = append(ds, Difference{Change: Changed, Kind: o.kind, Object: o.name, Want: w, Got: g})
		}
	}
	for o, g := range got {
		if _, ok := want[o]; !ok {
			ds = append(ds, Difference{Change: Extra, Kind: o.kind, Object: o.name, Got: g})
		}
	}
	ds = slices.DeleteFunc(ds, orderTold)
	slices.SortFunc(ds, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Object, b.Object))
	})
	return ds
}
