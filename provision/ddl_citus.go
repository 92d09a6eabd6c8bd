package provision

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// citusDDL is what is there when a DDL has run.
type citusDDL struct {
	parts      []sqlparse.Part
	tables     map[string]bool // and views: what queries read on a worker
	relations  map[string]bool // and materialized views
	partitions map[string]bool
	types      map[string]bool
	ranges     map[string]bool // range types, and what is made of them
	rows       map[string]bool // types that are made of a table's
	functions  map[string]bool
	bound      map[string]bool // functions that work on the coordinator only
	operators  map[string]bool
}

func newCitusDDL(files []ddlFile) *citusDDL {
	texts := make([]string, len(files))
	for i, f := range files {
		texts[i] = f.text
	}
	c := &citusDDL{parts: sqlparse.Parts(texts...)}
	for _, m := range []*map[string]bool{&c.tables, &c.relations, &c.partitions, &c.types, &c.ranges, &c.rows,
		&c.functions, &c.bound, &c.operators} {
		*m = map[string]bool{}
	}
	for i := range c.parts {
		c.know(&c.parts[i])
	}
	for c.spread() {
	}
	return c
}

func (c *citusDDL) know(a *sqlparse.Part) {
	switch a.Kind {
	case sqlparse.PartTable, sqlparse.PartView:
		c.tables[a.Table], c.relations[a.Table] = true, true
	case sqlparse.PartMaterialized:
		c.relations[a.Table] = true
	case sqlparse.PartPartition:
		c.partitions[a.Table] = true
	case sqlparse.PartType, sqlparse.PartDomain:
		c.types[a.Table] = true
	case sqlparse.PartRange:
		for _, name := range []string{a.Name, a.Of} {
			c.types[name], c.ranges[name] = name != "", name != ""
		}
	case sqlparse.PartRoutine:
		c.functions[a.Name] = true
	case sqlparse.PartOperator:
		c.operators[a.Name] = !builtinOperators[a.Name]
	}
}

// builtinOperators may be PostgreSQL's own where an expression uses them, whatever else the DDL makes of that name.
var builtinOperators = text.WordSet("= <> < > <= >= + - * / % ^ | & # ~ ! @ || && << >> -> ->> @> <@ @@ ? ~* !~ ~~ <->")

// spread finds what is made of what is known, and reports whether there was more.
func (c *citusDDL) spread() (more bool) {
	mark := func(set map[string]bool, name string, is bool) {
		if is && !set[name] {
			set[name], more = true, true
		}
	}
	for i := range c.parts {
		switch a := &c.parts[i]; a.Kind {
		case sqlparse.PartColumn, sqlparse.PartDomain:
			if c.types[a.Table] {
				mark(c.ranges, a.Table, c.ranges[a.Of])
				mark(c.rows, a.Table, c.rows[a.Of] || c.relations[a.Of])
			}
		case sqlparse.PartRoutine:
			mark(c.bound, a.Name, c.isBound(a))
		}
	}
	return more
}

// isBound reports whether a function works on the coordinator only: it uses what has a name in the tenant's schema,
// and so in the search_path, which the worker's session does not have, or its types are not there.
func (c *citusDDL) isBound(a *sqlparse.Part) bool {
	r := &a.Routine
	return names(r.Signature, c.relations, c.ranges, c.rows) || names(a.Uses.Relations, c.relations) ||
		names(a.Uses.Functions, c.bound) || names(a.Uses.Operators, c.operators) || c.readsSetting(a) ||
		!r.Resolved && (names(a.Uses.Functions, c.functions) || names(a.Uses.Types, c.types, c.relations))
}

// names reports whether one of the names is in one of the sets.
func names(all []string, sets ...map[string]bool) bool {
	return slices.ContainsFunc(all, func(name string) bool {
		return slices.ContainsFunc(sets, func(set map[string]bool) bool { return set[name] })
	})
}

func (c *citusDDL) isPartition(a *sqlparse.Part) bool { return c.partitions[a.Table] }

func (c *citusDDL) readsSetting(a *sqlparse.Part) bool {
	return slices.ContainsFunc(a.Uses.Settings, ofSession)
}

// ofSession reports whether a setting is one that programs or docex set, and that no extension brings.
func ofSession(name string) bool {
	prefix, _, custom := strings.Cut(text.Fold(name), ".")
	return custom && !settingsOfOthers[prefix] && !strings.HasPrefix(prefix, "pg_")
}

func (c *citusDDL) callsBound(a *sqlparse.Part) bool   { return names(a.Uses.Functions, c.bound) }
func (c *citusDDL) usesOperator(a *sqlparse.Part) bool { return names(a.Uses.Operators, c.operators) }

func (c *citusDDL) usesRange(a *sqlparse.Part) bool {
	return names(a.Uses.Functions, c.ranges) || names(a.Uses.Types, c.ranges)
}

// isRange and isRow are about columns of tables: a type that no table has does no harm.
func (c *citusDDL) isRange(a *sqlparse.Part) bool { return c.tables[a.Table] && c.ranges[a.Of] }

func (c *citusDDL) isRow(a *sqlparse.Part) bool {
	return c.tables[a.Table] && (c.rows[a.Of] || c.relations[a.Of] && a.Of > a.Table)
}

func (c *citusDDL) overRows(a *sqlparse.Part) bool         { return names(a.Uses.Relations, c.tables) }
func (c *citusDDL) settingOverRows(a *sqlparse.Part) bool  { return c.overRows(a) && c.readsSetting(a) }
func (c *citusDDL) boundOverRows(a *sqlparse.Part) bool    { return c.overRows(a) && c.callsBound(a) }
func (c *citusDDL) operatorOverRows(a *sqlparse.Part) bool { return c.overRows(a) && c.usesOperator(a) }
func (c *citusDDL) rangeOverRows(a *sqlparse.Part) bool    { return c.overRows(a) && c.usesRange(a) }

func (c *citusDDL) failsOverRows(a *sqlparse.Part) bool { return !a.Routine.Procedure && c.isBound(a) }

func (c *citusDDL) isInlined(a *sqlparse.Part) bool { return a.Routine.Inlined && c.overRows(a) }

func (c *citusDDL) readsRowsBySetting(a *sqlparse.Part) bool {
	return slices.ContainsFunc(a.Routine.Reads, func(u sqlparse.Uses) bool {
		return names(u.Relations, c.tables) && slices.ContainsFunc(u.Settings, ofSession)
	})
}

// judge adds to the files, those that are there, what the rules say that warn, or those that refuse.
func (c *citusDDL) judge(files []*file, warns bool) {
	for i := range c.parts {
		a := &c.parts[i]
		f := files[a.Text]
		for _, r := range citusRules {
			if f != nil && r.kind == a.Kind && r.warns == warns && r.applies(c, a) {
				f.add(a.Offset, r.name, objectOf(a), r.reason, r.remedy)
			}
		}
	}
}

func objectOf(a *sqlparse.Part) string {
	if a.Table != "" && a.Name != "" {
		return a.Table + "." + a.Name
	}
	return a.Table + a.Name
}

// checkDistributable returns a *DDLError if the installation turns out to be on Citus, and the DDL cannot be there.
func (p *Provisioner) checkDistributable(in installation) error {
	if in.distribution != Citus || p.citus == nil {
		return nil
	}
	return p.citus()
}

// checkDistributableAs is checkDistributable for one tenant. Citus (13.0) puts the names of functions and of their
// schema into GRANT, REVOKE and CREATE AGGREGATE without their quotes.
func (p *Provisioner) checkDistributableAs(in installation, t Tenant) error {
	if err := p.checkDistributable(in); err != nil {
		return err
	}
	if in.distribution != Citus || !needsQuotes(t.Schema) || len(newCitusDDL(p.ddl.files).functions) == 0 {
		return nil
	}
	return &CitusError{Missing: "name", Object: t.ID, Remedy: fmt.Sprintf("give the tenant an id such as %q, or leave "+
		"functions out of the DDL", strings.ReplaceAll(t.ID, "-", "_"))}
}

// plainName is a name that means the same without quotes, unless it is a keyword, which those of functions may be
// behind a dot (PostgreSQL manual, "Identifiers and Key Words").
var plainName = regexp.MustCompile(`^[a-z_\x{80}-\x{10FFFF}][a-z_0-9$\x{80}-\x{10FFFF}]*$`)

func needsQuotes(name string) bool { return !plainName.MatchString(name) }

// checkCitus returns a *DDLError with what Citus refuses in a DDL that checkDDL has accepted, or nil.
func checkCitus(made ddl) error {
	var c ddlCheck
	files := made.asFiles()
	newCitusDDL(made.files).judge(files, false)
	for _, f := range files {
		c.problems = append(c.problems, f.sorted()...)
	}
	return c.error()
}

func (d ddl) asFiles() []*file {
	files := make([]*file, len(d.files))
	for i, f := range d.files {
		files[i] = &file{ddlFile: f}
	}
	return files
}
