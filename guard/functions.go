package guard

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed functions.tsv
var functionsTSV string

//go:embed types.tsv
var typesTSV string

// class is what the guard does about a function of pg_catalog. The zero value refuses.
type class uint8

const (
	refused    class = iota
	safe             // may be called with anything
	sequence         // the first argument must be the constant name of an own sequence or table
	textSearch       // a text search object, when named, must be a constant
	arity            // ts_rewrite: two arguments are a query in a string
	relation         // the first argument must be the constant name of an own relation
	lookup           // to_regclass: the same, and the result must not meet another value
	typeOf           // pg_typeof: the result must not meet another value
	setting          // the first argument must be the constant name of a setting that may be shown
)

var classes = map[string]class{"refused": refused, "safe": safe, "sequence": sequence, "text-search": textSearch,
	"arity": arity, "relation": relation, "lookup": lookup, "typeof": typeOf, "setting": setting}

// builtin is one line of functions.tsv.
type builtin struct {
	class  class
	reason string
	dot    bool
}

// builtins holds functions.tsv by name. A line that cannot be read stands for a refused function.
var builtins = sync.OnceValue(func() map[string]builtin {
	m := make(map[string]builtin, 3000)
	for line := range dataLines(functionsTSV) {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			panic("docex: guard: functions.tsv: " + line) // the file is part of the program and tested
		}
		m[f[0]] = builtin{class: classes[f[1]], reason: f[2], dot: f[3] == "dot"}
	}
	return m
})

const onAdmin = "run it on the administrator's connection"

// reasons words why a function is refused and what to do instead, by the reason in functions.tsv or extensions.tsv.
var reasons = map[string]struct{ why, hint string }{
	"activity": {"it shows what other connections do", onAdmin},
	"admin":    {"it administers the server", onAdmin},
	"catalog-info": {"it reads the system catalogs, which hold other tenants' names",
		"leave it out, or see Policy.Catalog"},
	"dynamic-sql": {"it builds and runs a query that the guard cannot see", "write that query itself"},
	"files":       {"it reaches files of the server", onAdmin},
	"global-namespace": {"its locks, messages, large objects or transaction ids belong to the whole database",
		"use rows of the tenant's tables instead"},
	"infrastructure": {"it shows details of the server, or keeps a connection waiting", "do it in your program"},
	"internal":       {"it is for the server's own use", "leave it out"},
	"network": {"it works with another server, or sends it text that the guard cannot see",
		"do it in your program"},
	"operator":            {"it is what an operator or a cast calls", "use that in its place"},
	"other-schema-access": {"it reaches objects of any schema by their name or number", "query the table itself"},
	"reg-contagion": {"its result can turn a text beside it into a name from any schema",
		"leave it out, or see Policy.Catalog"},
	"replication": {"it controls or shows replication", onAdmin},
	"session-state": {"it reads or changes the state of the connection, which tenants share",
		"keep the value in your program, and pass it as an argument"},
	"trigger":    {"it is a trigger's", "name it in a CREATE TRIGGER of the tenant's DDL"},
	"type-io":    {"it is a conversion that the server calls by itself", "use a cast"},
	"unreviewed": {"it is new in PostgreSQL, and nobody has reviewed it for docex", "report it to the project"},
}

// refusal is the denial of a function that a list refuses.
func refusal(reason string) *Denial {
	r := reasons[reason]
	return &Denial{Rule: RuleFunction, Reason: r.why, Hint: r.hint}
}

// typeClassOf is the class of a type's name. The zero value is a name that pg_catalog lacks.
type typeClassOf uint8

const (
	typeUnknown typeClassOf = iota
	typeSafe
	typeCatalog
	typeInternal
	typeRow
)

var typeClasses = map[string]typeClassOf{"safe": typeSafe, "catalog": typeCatalog, "internal": typeInternal,
	"row": typeRow}

var builtinTypes = sync.OnceValue(func() map[string]typeClassOf {
	m := make(map[string]typeClassOf, 300)
	for line := range dataLines(typesTSV) {
		f := strings.Split(line, "\t")
		if m[f[0]] = typeClasses[f[min(1, len(f)-1)]]; len(f) != 4 || m[f[0]] == typeUnknown {
			panic("docex: guard: types.tsv: " + line)
		}
	}
	return m
})

// typeClass classifies a bare type name. "_name" is the array of "name". Names in the server's own name space that the
// list lacks are refused as types of a newer server.
func typeClass(name string) typeClassOf {
	types := builtinTypes()
	if c := types[name]; c != typeUnknown {
		return c
	}
	base := strings.TrimPrefix(name, "_")
	if c := types[base]; c != typeUnknown {
		return c
	}
	if strings.HasPrefix(base, "pg_") {
		return typeInternal
	}
	return typeUnknown
}

// refusedCast reports whether a call of that name with one argument may be a cast to a type that stays refused, though
// there is a function of that name: PostgreSQL prefers the cast for a constant that no overload fits (func_get_detail).
// A row type is never called so, its array is.
func refusedCast(name string) bool {
	class := builtinTypes()[name]
	element, array := strings.CutPrefix(name, "_")
	if class == typeUnknown && array {
		class = builtinTypes()[element]
	}
	return class == typeCatalog || class == typeInternal || class == typeRow && array
}

// dataLines yields the lines of a data file without comments.
func dataLines(data string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(data) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}
