// Package owned remembers which functions each tenant's schema has of its own, so that the guard can let them be called
// without their schema's name and without a list. [Functions] is the entry point.
//
// Promise: a name that [Functions.Has] knows was a function, procedure or aggregate of the schema when the server was
// asked last, and of no other schema in which a bare name is looked up. What nobody has asked about is not known.
package owned

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

const (
	// again is how long the answer about a schema stands against names that it does not hold: a flood of unknown names
	// asks the server once in that time.
	again = time.Second
	// trusted is how long a name that it holds is taken on trust.
	trusted = 10 * time.Minute
	// mostSchemas bounds how many schemas are remembered.
	mostSchemas = 100_000
)

// Functions are those of all tenants of a connector. Safe for concurrent use.
type Functions struct {
	path    []string // the schemas behind the tenant's in search_path
	schemas *otter.Cache[string, answer]
	sets    sync.Map         // by the names joined: tenants of one DDL share a set
	now     func() time.Time // for tests

	learning sync.Mutex // so that an older answer does not overtake a newer one
}

// answer is what the server has said of one schema.
type answer struct {
	names map[string]bool
	asked time.Time // last
	asOf  time.Time // what names are true of: a transaction may have an old snapshot
}

// New returns Functions that know nothing yet. path are the schemas behind the tenant's in search_path, except pg_temp,
// where PostgreSQL never looks for functions (manual, 20.11.1 "Statement Behavior", search_path).
func New(path []string) *Functions {
	cache := otter.Must(&otter.Options[string, answer]{MaximumSize: mostSchemas}) // fails for negative sizes only
	return &Functions{path: path, schemas: cache, now: time.Now}
}

// Has reports whether name is known to be a function of the schema's own, however long ago that was learnt.
func (f *Functions) Has(schema, name string) bool {
	a, _ := f.schemas.GetIfPresent(schema)
	return a.names[name]
}

// Due reports whether the server may be asked about a name that the schema is not known to have.
func (f *Functions) Due(schema string) bool {
	a, asked := f.schemas.GetIfPresent(schema)
	return !asked || f.now().Sub(a.asked) >= again
}

// Expired reports whether the server must be asked again before a name that the schema is known to have is used.
func (f *Functions) Expired(schema string) bool {
	a, _ := f.schemas.GetIfPresent(schema)
	return f.now().Sub(a.asOf) >= trusted && f.Due(schema)
}

// equals is = of pg_catalog. A function of the tenant whom the session served last may have moved search_path; a bare
// operator could be that tenant's, which would see the question, and answer it.
const equals = "OPERATOR(pg_catalog.=)"

// age is that of what the question sees, in microseconds: one snapshot serves a whole transaction above READ COMMITTED.
const age = `SELECT CASE
 WHEN pg_catalog.starts_with(pg_catalog.current_setting('transaction_isolation'), 'read ') THEN 0
 ELSE (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-)
 pg_catalog.transaction_timestamp()) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8 END; `

// question has two marks: the schema, and the other schemas on the path.
var question = strings.ReplaceAll(`SELECT DISTINCT p.proname FROM pg_catalog.pg_namespace AS n
 JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
  AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
 JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
 WHERE n.nspname = %s
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = d.classid AND e.objid = p.oid
   AND e.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS o JOIN pg_catalog.pg_namespace AS s ON s.oid = o.pronamespace
   WHERE o.proname = p.proname AND s.nspname = ANY (ARRAY[%s]::pg_catalog.name[]))`, " = ", " "+equals+" ")

// Query returns the question about a schema, which takes no arguments. An extension's functions are not the tenant's
// own. A name that another schema on the path has as well could mean that one's function: PostgreSQL chooses by the
// arguments. pg_catalog is on every path.
func (f *Functions) Query(schema string) string {
	others := "'pg_catalog'"
	for _, name := range f.path {
		others += ", " + literal(name)
	}
	return age + fmt.Sprintf(question, literal(schema), others)
}

// Learn takes the answer to [Functions.Query]: the age of what the server saw, and the names. What is older than what
// is known teaches nothing.
func (f *Functions) Learn(schema string, rows [][][]byte) {
	f.learning.Lock()
	defer f.learning.Unlock()
	a, _ := f.schemas.GetIfPresent(schema)
	a.asked = f.now()
	if age, ok := ageOf(rows); ok && !a.asked.Add(-age).Before(a.asOf) {
		a.asOf, a.names = a.asked.Add(-age), f.set(rows[1:])
	}
	f.schemas.Set(schema, a)
}

func ageOf(rows [][][]byte) (age time.Duration, ok bool) {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return 0, false
	}
	micros, err := strconv.ParseInt(string(rows[0][0]), 10, 64)
	return time.Duration(micros) * time.Microsecond, err == nil
}

// set returns the names of an answer, the same for the same names.
func (f *Functions) set(rows [][][]byte) map[string]bool {
	names := make([]string, 0, len(rows))
	for _, row := range rows {
		names = append(names, string(row[0]))
	}
	slices.Sort(names)
	key := strings.Join(names, "\x00")
	set, shared := f.sets.Load(key)
	if !shared {
		fresh := make(map[string]bool, len(names))
		for _, name := range names {
			fresh[name] = true
		}
		set, _ = f.sets.LoadOrStore(key, fresh)
	}
	return set.(map[string]bool)
}

// literal quotes a text where standard_conforming_strings is on, as docex sees to.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
