package provision

import (
	"regexp"
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// Rules of warnings.
const (
	ruleInUse   = "fails-in-use"
	ruleUnknown = "foreign-setting"
)

// DDLWarnings returns what [New] accepts in [Config.DDL] and what does not work, or not as it was meant, when a tenant
// uses it, in the order of files and places: functions that EXECUTE statements for which the tenant's role lacks the
// rights, or that reach other tenants, and settings that nobody sets under docex. It does not see what a function puts
// together in other ways than plain strings, format and ||. A function that nobody but the DDL calls does no harm. If
// [Config.Distribution] is [Citus], it also warns of what does not work there in every use.
func (p *Provisioner) DDLWarnings() []DDLProblem { return ddlWarnings(p.cfg, p.ddl) }

// ddlWarnings is DDLWarnings for a DDL that checkDDL has accepted.
func ddlWarnings(cfg Config, made ddl) []DDLProblem {
	var all []DDLProblem
	last := map[string]*sqlparse.Definition{} // the last statement that makes or drops a function of that name
	w := warner{cfg: cfg}
	files := w.parse(made, last)
	if cfg.Distribution == Citus {
		newCitusDDL(made.files).judge(files, true)
	}
	for _, f := range files {
		w.file = f
		for i := range f.found {
			if def := &f.found[i]; def.Body == nil || !dropsFunction(last[def.Creates[0]]) {
				w.definition(def)
			}
		}
		all = append(all, f.sorted()...)
	}
	return all
}

// parse reads all files. Errors are checkDDL's to tell.
func (w warner) parse(made ddl, last map[string]*sqlparse.Definition) []*file {
	files := make([]*file, len(made.files))
	for i, f := range made.files {
		found, _ := sqlparse.ParseDDL(f.text, ddlLimits)
		files[i] = &file{ddlFile: f, found: found}
		for n := range found {
			def := &found[n]
			if dropsFunction(def) {
				for _, o := range def.Objects {
					last[o.Name.Name] = def
				}
			}
			for _, name := range def.Creates {
				last[name] = def
			}
		}
	}
	return files
}

// dropsFunction reports whether a statement drops functions: what only the DDL calls, no tenant does.
func dropsFunction(def *sqlparse.Definition) bool {
	return def != nil && slices.Contains([]string{"drop function", "drop procedure", "drop routine"}, def.Command)
}

// warner collects the warnings of one file.
type warner struct {
	cfg Config
	*file
}

func (w warner) definition(def *sqlparse.Definition) {
	if def.Kind != sqlparse.KindDefinition {
		return // it runs while the tenant is made
	}
	w.settings(def.Functions, exactly)
	b := def.Body
	if b == nil {
		return
	}
	for i := range b.Statements {
		w.settings(b.Statements[i].Functions, b.Offset)
	}
	if b.Words == nil {
		return
	}
	for _, s := range b.Words.Starts {
		if !administers[s.Text] && isStatement(head(b.Code[s.Offset:])) {
			w.statement(s.Text, s.Text, b.Offset(s.Offset), "")
		}
	}
	w.code(b)
}

// statement warns of a statement in a function if tenants cannot run it.
func (w warner) statement(word, text string, offset int, how string) {
	if _, ok := uses[word]; !ok {
		return
	}
	rule, u := ruleInUse, w.cfg.useOf(word)
	switch text = strings.ToLower(onOneLine(text)); {
	case temporary.MatchString(text):
		if w.cfg.KeepPublic {
			return
		}
		u = use{"tenants make no temporary tables", "use WITH, an array, or a table of the DDL"}
	case strings.Contains(text, "security definer"):
		rule, u = ruleDefiner, use{makesNothing, "put the function into the DDL, without SECURITY DEFINER"}
	case strings.Contains(text, "partition of ") || strings.Contains(text, " partition "):
		u.remedy = addPartitions
	}
	w.add(offset, rule, how+word, u.reason, u.remedy)
}

// temporary matches CREATE TEMPORARY TABLE and its kin.
var temporary = regexp.MustCompile(`^create (or replace |recursive )?(local |global )?temp(orary)? `)

// settings warns of calls of current_setting with a constant.
func (w warner) settings(calls []sqlparse.Function, at func(int) int) {
	for i := range calls {
		if f := &calls[i]; f.Name.Name == "current_setting" && f.First.Kind == sqlparse.ArgString {
			w.setting(f.First.Text, at(f.Offset))
		}
	}
}

// settingsOfOthers are prefixes of settings that extensions bring, with a default.
var settingsOfOthers = text.WordSet("plpgsql auto_explain citus cron postgis timescaledb")

// setting warns of one that nobody sets.
func (w warner) setting(name string, offset int) {
	name = text.Fold(name)
	prefix, _, custom := strings.Cut(name, ".")
	if !custom || settingsOfOthers[prefix] || strings.HasPrefix(prefix, "pg_") ||
		name == "docex.tenant_id" || name == "docex.user_id" {
		return
	}
	w.add(offset, ruleUnknown, name,
		"docex sets docex.tenant_id and docex.user_id, and lets programs set no other setting of this kind unless its "+
			"policy allows that",
		"write current_setting('docex.user_id') or current_setting('docex.tenant_id')")
}
