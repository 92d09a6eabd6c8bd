package provision

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/copyrows"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// ddlLimits let files of 4 MiB pass, which is the default limit of bytes; the limit of tokens is for programs'
// statements. Measured: 4.2 MB of tables and indexes take 1.3 s to check.
var ddlLimits = text.Limits{MaxTokens: 2_000_000}

// ddlCheck looks for mistakes in the SQL that makes tenants: what would leave the tenant's schema, or cannot run in the
// transaction that makes a tenant. The DDL is the administrator's, so this is no wall: strings that plpgsql executes
// are not looked at (ddlWarnings does), and of its code only words (see guard.Guard.Code).
type ddlCheck struct {
	cfg      Config
	guard    *guard.Guard
	created  map[string]bool // functions and types that the DDL makes
	problems []DDLProblem
}

func newDDLCheck(cfg Config) (*ddlCheck, error) {
	g, err := guard.New(guard.Policy{ExtensionSchemas: cfg.ExtensionSchemas, SystemSchema: cfg.SystemSchema})
	if err != nil {
		return nil, invalidConfig("extension schemas: %w", err)
	}
	return &ddlCheck{cfg: cfg, guard: g, created: map[string]bool{}}, nil
}

// checkDDL returns a *DDLError with all that is wrong in the two texts, or nil.
func checkDDL(cfg Config, made, seed ddl) error {
	c, err := newDDLCheck(cfg)
	if err != nil {
		return err
	}
	made.blankCopies()
	seed.insertCopies()
	made.transactions()
	seed.transactions()
	for _, part := range []struct {
		ddl   ddl
		judge func(*file, *sqlparse.Definition)
	}{{made, c.definition}, {seed, c.seed}} {
		files := c.parse(part.ddl)
		if cfg.Distribution == Citus {
			newCitusDDL(part.ddl.files).judge(files, false)
		}
		for _, f := range files {
			for i := range f.found {
				part.judge(f, &f.found[i])
			}
			c.problems = slices.Concat(c.problems, f.refused, f.sorted())
		}
	}
	return c.error()
}

// error returns the problems that were found, or nil.
func (c *ddlCheck) error() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &DDLError{Problems: c.problems}
}

// file is one file with what is wrong in it.
type file struct {
	ddlFile
	found    []sqlparse.Definition
	problems []placed
}

type placed struct {
	DDLProblem
	offset int
}

// parse reads all files before any is judged: a function may be called in a file before the one that makes it. It notes
// in d where statements begin.
func (c *ddlCheck) parse(d ddl) []*file {
	files := make([]*file, len(d.files))
	for i, f := range d.files {
		files[i] = &file{ddlFile: f}
		if pgdump.IsRaw(f.text) { // nearly each of its statements would be a problem
			files[i].add(0, ruleDump, "", "it is what pg_dump writes: it names its schema, and holds more than that",
				"docex ddl import FILE -o FOLDER makes a DDL of it")
			continue
		}
		found, errs := sqlparse.ParseDDL(f.text, ddlLimits)
		files[i].found = found
		d.files[i].starts = make([]int, len(found))
		for _, err := range errs {
			files[i].unreadable(err)
		}
		for j, def := range found {
			d.files[i].starts[j] = def.Offset
			for _, name := range def.Creates {
				c.created[name] = true
			}
		}
	}
	return files
}

// add notes a problem at an offset of the file.
func (f *file) add(offset int, rule, object, reason, remedy string) {
	f.problems = append(f.problems, placed{offset: max(0, min(offset, len(f.text))),
		DDLProblem: DDLProblem{File: f.name, Rule: rule, Object: object, Reason: reason, Remedy: remedy}})
}

// sorted returns the problems in the order of their places, with lines and columns, in one pass over the text: a dump
// of a database can have thousands.
func (f *file) sorted() []DDLProblem {
	slices.SortStableFunc(f.problems, func(a, b placed) int { return cmp.Compare(a.offset, b.offset) })
	all := make([]DDLProblem, len(f.problems))
	line, column, at := 1, 1, 0
	for i, p := range f.problems {
		between := f.text[at:p.offset]
		if end := strings.LastIndexByte(between, '\n'); end >= 0 {
			line, column = line+strings.Count(between, "\n"), 1
			between = between[end+1:]
		}
		column, at = column+utf8.RuneCountInString(between), p.offset
		all[i] = p.DDLProblem
		all[i].Line, all[i].Column = line, column-f.shift(p.offset)
	}
	return all
}

// shift returns by how many columns an offset is further right than in the file, because an INSERT has taken the place
// of a COPY in front of it.
func (f *file) shift(offset int) int {
	before, _ := slices.BinarySearch(f.copies, offset)
	if before == 0 || strings.Contains(f.text[f.copies[before-1]:offset], "\n") {
		return 0
	}
	return copyrows.Shift
}

// unreadable words the parser's errors.
func (f *file) unreadable(err error) {
	var enc *text.EncodingError
	var lim *text.LimitError
	var syn *sqlparse.SyntaxError
	switch {
	case errors.As(err, &enc):
		f.add(enc.Offset, guard.RuleEncoding.String(), "", "the text is not UTF-8, or holds a NUL byte",
			"save the file as UTF-8")
	case errors.As(err, &lim):
		f.add(lim.Offset, guard.RuleLimit.String(), lim.Limit,
			fmt.Sprintf("the text is too large or nested too deep for the parser (more than %d)", lim.Max),
			"split the file or the statement")
	case errors.As(err, &syn) && strings.HasPrefix(f.text[min(syn.Offset, len(f.text)):], `\`):
		f.add(syn.Offset, "psql-command", "", "a line that begins with a backslash is a command of psql, not SQL",
			"take it out; a folder's files run in the order of their names")
	case errors.As(err, &syn):
		f.add(syn.Offset, guard.RuleSyntax.String(), "", "it does not parse: "+syn.Message,
			"docex knows the grammar of PostgreSQL 16, and refuses what only newer versions have")
	default:
		f.add(0, guard.RuleSyntax.String(), "", "it does not parse", "write it another way")
	}
}

// definition judges a statement of the DDL.
func (c *ddlCheck) definition(f *file, def *sqlparse.Definition) {
	if def.Kind != sqlparse.KindDefinition && !isChange(def.Kind) {
		f.refuse(&def.Statement, def.Offset)
		return
	}
	c.names(f, &def.Statement, def.Signature, exactly)
	if def.Body != nil {
		c.body(f, def.Body)
	}
}

// seed judges a statement that only fills tables.
func (c *ddlCheck) seed(f *file, def *sqlparse.Definition) {
	const onlyRows = "the seed only queries and changes rows"
	switch {
	case isChange(def.Kind):
		c.names(f, &def.Statement, nil, exactly)
	case def.Kind == sqlparse.KindDefinition:
		f.add(def.Offset, guard.RuleStatementKind.String(), def.Command, onlyRows, "put what makes objects into Config.DDL")
	case def.Kind == sqlparse.KindCopy:
		f.add(def.Offset, guard.RuleStatementKind.String(), def.Command, onlyRows,
			`write COPY … FROM stdin with its rows below it and a line \. behind them, or INSERT … VALUES`)
	default:
		f.refuse(&def.Statement, def.Offset)
	}
}

// isChange reports whether a kind of statement fills tables, which the DDL may do, too.
func isChange(k sqlparse.Kind) bool {
	switch k {
	case sqlparse.KindSelect, sqlparse.KindInsert, sqlparse.KindUpdate, sqlparse.KindDelete, sqlparse.KindMerge,
		sqlparse.KindCall, sqlparse.KindConstraints:
		return true
	}
	return false
}

func exactly(offset int) int { return offset }

// names judges what a statement names. at turns the statement's offsets into the file's.
func (c *ddlCheck) names(f *file, st *sqlparse.Statement, signature []sqlparse.Type, at func(int) int) {
	for _, p := range st.Features {
		f.feature(p, at(p.Offset))
	}
	for _, d := range c.guard.Definition(st, signature, c.created) {
		f.deny(d, at(d.Offset))
	}
}
