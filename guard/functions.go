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
)

var classes = map[string]class{"refused": refused, "safe": safe, "sequence": sequence, "text-search": textSearch, "arity": arity}

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
		if len(f) != 5 {
			panic("docex: guard: functions.tsv: " + line) // the file is part of the program and tested
		}
		m[f[0]] = builtin{class: classes[f[1]], reason: f[2], dot: f[3] == "dot"}
	}
	return m
})

// reasons words why a function is refused and what to do instead, by the reason in functions.tsv.
var reasons = map[string]struct{ why, hint string }{
	"activity":            {"it shows what other sessions do", "ask the administrator's connection"},
	"admin":               {"it administers the server", "use the administrator's connection"},
	"catalog-info":        {"it reads the catalogs, where other tenants' names are", "see Policy.Catalog"},
	"dynamic-sql":         {"it runs a string as a statement", "send the statement itself"},
	"files":               {"it reaches the server's files", "use the administrator's connection"},
	"global-namespace":    {"it uses a name space of the whole database", "keep locks and messages in a table of the tenant"},
	"infrastructure":      {"it shows or holds the server's resources", "do it in the program"},
	"internal":            {"it is internal to the server", "leave it out"},
	"other-schema-access": {"it reads objects by name or number in any schema", "query the table itself"},
	"reg-contagion":       {"its result turns constants beside it into names of objects", "see Policy.Catalog"},
	"replication":         {"it controls replication", "use the administrator's connection"},
	"session-state":       {"it reads or changes the session, which tenants share", "pass the value as an argument"},
	"type-io":             {"it converts types internally", "use a cast"},
}

// refusal is the denial of a function of pg_catalog.
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

var typeClasses = map[string]typeClassOf{"safe": typeSafe, "catalog": typeCatalog, "internal": typeInternal, "row": typeRow}

var builtinTypes = sync.OnceValue(func() map[string]typeClassOf {
	m := make(map[string]typeClassOf, 300)
	for line := range dataLines(typesTSV) {
		name, class, _ := strings.Cut(line, "\t")
		if m[name] = typeClasses[class]; m[name] == typeUnknown {
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
