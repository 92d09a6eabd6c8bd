package pgdump

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sorter decides which statements are the schema's own.
type sorter struct {
	result  *Result
	options Options
	counts  map[string]int
	others  map[string]bool // schemas that the dump has objects of, and that are not wanted
	kept    bool            // a statement was kept already
}

func (s *sorter) count(kind string, n int) {
	if n > 0 {
		s.counts[kind] += n
	}
}

func (s *sorter) sorted() []Count {
	var all []Count
	for _, kind := range slices.Sorted(maps.Keys(s.counts)) {
		all = append(all, Count{kind, s.counts[kind]})
	}
	return all
}

// sort returns the statements of the one schema, and counts the others.
func (s *sorter) sort(all []statement) ([]statement, error) {
	var objects []statement
	sizes := map[string]int{}
	for i := range all {
		st := &all[i]
		if kind := s.leaveOut(st); kind != "" {
			s.count(kind, 1)
			continue
		}
		s.kept = true
		objects = append(objects, *st)
		if schema := st.schema(); schema != "" && schema != "pg_catalog" &&
			!slices.Contains(s.options.ExtensionSchemas, schema) {
			sizes[schema]++
		}
	}
	schema, err := s.choose(sizes)
	if err != nil {
		return nil, err
	}
	s.result.Schema = schema
	var kept []statement
	for _, st := range objects {
		if other := st.schema(); other != schema && other != "" && other != "pg_catalog" {
			s.count(fmt.Sprintf("objects of schema %q", other), 1)
			s.others[other] = true
			continue
		}
		if len(kept) > 0 && st.database != kept[0].database {
			return nil, s.refuse(fmt.Sprintf("it holds several databases with a schema %q", schema),
				"pg_dump --schema-only of the one database")
		}
		kept = append(kept, st)
	}
	return kept, nil
}

func (s *sorter) refuse(reason, remedy string) error {
	var names []string
	for _, d := range s.result.dumps {
		names = append(names, d.name)
	}
	return &Refusal{File: strings.Join(names, ", "), Reason: reason, Remedy: remedy}
}

// choose picks the schema. sizes are numbers of statements.
func (s *sorter) choose(sizes map[string]int) (string, error) {
	names := slices.Sorted(maps.Keys(sizes))
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf("%q (%d)", name, sizes[name]))
	}
	switch want := s.options.Schema; {
	case len(names) == 0 && len(s.options.ExtensionSchemas) > 0:
		return "", s.refuse("it holds no object outside of the schemas that --extension-schema names",
			"--extension-schema for schemas that hold extensions only")
	case len(names) == 0:
		return "", s.refuse("it holds no object of a schema", "pg_dump --schema-only of the database that has the tables")
	case want != "" && sizes[want] == 0:
		return "", s.refuse(fmt.Sprintf("it holds nothing of schema %q; it has %s", want, strings.Join(list, ", ")),
			"--schema with one of these")
	case want != "":
		return want, nil
	case len(names) > 1:
		return "", s.refuse("it holds several schemas (with so many statements): "+strings.Join(list, ", "),
			"--schema NAME for the one that a tenant has; --extension-schema NAME for those that hold extensions only")
	}
	return names[0], nil
}

// databaseWide are kinds of objects that are not in a schema, by the words behind CREATE, ALTER or COMMENT ON.
var databaseWide = []struct{ words, kind string }{
	{"schema", "schemas"}, {"extension", "extensions"}, {"database", "databases"}, {"role", "roles"},
	{"user mapping", ""}, {"user", "roles"}, {"group", "roles"}, {"tablespace", "tablespaces"},
	{"publication", "publications"}, {"subscription", "subscriptions"}, {"event trigger", "event triggers"},
	{"language", "languages"}, {"procedural language", "languages"}, {"trusted procedural language", "languages"},
	{"trusted language", "languages"}, {"default privileges", "rights"},
}

// leaveOut returns the kind of a statement that is none of the schema's own, or "".
func (s *sorter) leaveOut(st *statement) string {
	if strings.HasPrefix(st.text, `\`) {
		return "psql commands"
	}
	switch st.word(0) {
	case "set", "reset":
		return s.setting(st)
	case "select":
		if st.calls("set_config") {
			return "settings"
		}
		if st.restoresStatistics() {
			return "statistics"
		}
	case "begin", "commit":
		return "transactions"
	case "grant", "revoke":
		return "rights"
	case "security":
		return "security labels"
	case "comment":
		return wide(st, 2)
	case "create":
		return s.create(st)
	case "alter":
		return s.alter(st)
	case "drop":
		if !s.kept {
			return "drops"
		}
	}
	return ""
}

func wide(st *statement, at int) string {
	for _, w := range databaseWide {
		fits := true
		for i, word := range strings.Fields(w.words) {
			fits = fits && st.word(at+i) == word
		}
		if fits {
			return w.kind
		}
	}
	return ""
}

func (s *sorter) setting(st *statement) string {
	value := ""
	if n := len(st.tokens); n > 0 {
		value = strings.Trim(st.text[st.tokens[n-1].Start:], `'"`)
	}
	switch name := st.word(1); {
	case name == "session" && st.word(2) == "authorization":
		return "owners"
	case name == "default_tablespace" && value != "":
		s.result.note(st, 0, fmt.Sprintf("what follows is in tablespace %q; tenants are in that of the database", value))
	case name == "default_table_access_method" && value != "heap":
		s.result.note(st, 0, fmt.Sprintf("what follows has the access method %q; tenants get the database's default", value))
	}
	return "settings"
}

// create leaves out what is not of the schema. With --clean and --if-exists a dump makes empty views anew before it
// drops what they stood upon.
func (s *sorter) create(st *statement) string {
	if st.word(1) == "or" && st.word(2) == "replace" {
		if st.word(3) == "view" && !s.kept {
			return "drops"
		}
		return wide(st, 3)
	}
	kind := wide(st, 1)
	if kind == "extensions" {
		s.extension(st)
	}
	return kind
}

// extension reads CREATE EXTENSION [IF NOT EXISTS] name [WITH] [SCHEMA name].
func (s *sorter) extension(st *statement) {
	var e Extension
	for i := 2; i < len(st.tokens); i++ {
		switch word := st.word(i); {
		case e.Name == "" && (word == "if" || word == "not" || word == "exists"), word == "with":
		case e.Name == "":
			e.Name = nameOf(st.text, st.tokens[i])
		case word == "schema" && i+1 < len(st.tokens):
			e.Schema = nameOf(st.text, st.tokens[i+1])
		}
	}
	if e.Name != "plpgsql" && !slices.Contains(s.result.Extensions, e) { // every database has plpgsql
		s.result.Extensions = append(s.result.Extensions, e)
	}
}

func (s *sorter) alter(st *statement) string {
	n := len(st.tokens)
	switch {
	case st.last(3) == "owner" && st.last(2) == "to":
		return "owners"
	case st.last(3) == "set" && st.last(2) == "tablespace":
		return "tablespaces"
	case st.last(4) == "set" && st.last(3) == "access" && st.last(2) == "method":
		return "settings"
	case !s.kept && st.holds("drop"):
		return cmp.Or(wide(st, 1), "drops")
	case n > 2 && st.word(1) == "large" && st.word(2) == "object":
		return "large objects"
	}
	return wide(st, 1)
}
