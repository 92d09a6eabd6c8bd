package provision

import (
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
)

// Rules of the DDL that guard has none of its own for.
const (
	ruleTemporary    = "temporary-object"
	ruleTablespace   = "tablespace"
	ruleConcurrently = "concurrently"
	ruleRole         = "role"
	ruleDefiner      = "security-definer"
	ruleLanguage     = "function-language"
	ruleMigrations   = "migrations" // a folder cannot be read as the one of a migration tool
	ruleCopy         = "copy-rows"  // rows below a COPY in the seed
	ruleDump         = "pg-dump"
)

const leaveOut = "leave it out"

// feature words what a statement of an allowed kind must not have.
func (f *file) feature(p sqlparse.Feature, offset int) {
	switch p.Kind {
	case sqlparse.FeatureTemporary:
		f.add(offset, ruleTemporary, "", "a temporary object would be gone when the tenant is there",
			"make it without TEMPORARY")
	case sqlparse.FeatureTablespace:
		f.add(offset, ruleTablespace, p.Text, "tablespaces belong to the whole server",
			"leave it out; the database has a default")
	case sqlparse.FeatureConcurrently:
		f.add(offset, ruleConcurrently, "", "it cannot run in the transaction that makes a tenant, whose tables are empty",
			"leave CONCURRENTLY out")
	case sqlparse.FeatureRole:
		f.add(offset, ruleRole, p.Text,
			"roles belong to the whole server; the administrator owns a tenant's objects, and the tenant's role gets its "+
				"rights by itself",
			leaveOut+"; a policy is for PUBLIC")
	case sqlparse.FeatureDefiner:
		f.add(offset, ruleDefiner, "", "the function would run with the rights of its owner, who is the administrator",
			"leave SECURITY DEFINER out: the tenant's role may do what its DDL needs")
	case sqlparse.FeatureLanguage:
		f.add(offset, ruleLanguage, p.Text,
			"the code of functions in other languages than sql and plpgsql is not held to a schema",
			"write it in sql or plpgsql, or put it into an extension's schema and list that in Config.ExtensionSchemas")
	case sqlparse.FeatureInto:
		f.add(offset, guard.RuleSelectInto.String(), "", "it makes a table", "write CREATE TABLE … AS")
	default:
		f.add(offset, guard.RuleUnsupported.String(), p.Text, "docex does not know this syntax here, so it cannot check it",
			"write it another way")
	}
}

// refuse words why a statement has no place in the DDL.
func (f *file) refuse(st *sqlparse.Statement, offset int) {
	rule, reason, remedy := guard.RuleStatementKind, "it is not about what a tenant's schema holds", leaveOut
	object := st.Command
	switch st.Kind {
	case sqlparse.KindSet, sqlparse.KindSetTx, sqlparse.KindShow:
		rule, object = guard.RuleSetting, settingOf(st)
		reason, remedy = "provisioning has set what the DDL runs with", "leave it out, as what pg_dump puts at the top"
	case sqlparse.KindBegin, sqlparse.KindCommit, sqlparse.KindRollback, sqlparse.KindSavepoint, sqlparse.KindTwoPhase:
		rule, object = guard.RuleTransaction, ""
		reason = "the whole of a tenant is made in one transaction of provisioning's"
	case sqlparse.KindCopy:
		reason, remedy = "COPY reads the client's or the server's files",
			"write INSERT … VALUES, or put COPY … FROM stdin with its rows into the seed (Config.Seed)"
	case sqlparse.KindDo:
		reason, remedy = "the code of a DO block runs as the administrator and is not checked",
			"make it a function, or write plain statements"
	case sqlparse.KindPrepare, sqlparse.KindNotify, sqlparse.KindLock:
		reason = "it is about the session, not about what a tenant's schema holds"
	default:
		reason, remedy = refusedCommand(st.Command)
	}
	f.add(offset, rule.String(), object, reason, remedy)
}

func settingOf(st *sqlparse.Statement) string {
	if len(st.Settings) > 0 {
		return st.Settings[0].Name
	}
	return ""
}

// refusedCommands says why, by the words that a command holds; the first that fits counts.
var refusedCommands = []struct{ words, reason, remedy string }{
	{"grant,privileges", "the tenant's role gets its rights on all objects by itself", leaveOut},
	{"owner", "the administrator owns a tenant's objects", leaveOut},
	{"role,reassign,owned", "roles belong to the whole server", "make roles on the administrator's connection"},
	{"extension", "extensions belong to the whole database",
		"install it once in a schema of its own, and list that in Config.ExtensionSchemas"},
	{"schema", "a tenant has one schema, which provisioning makes", "leave it out, and write names without a schema"},
	{"rule", "a rule rewrites statements after the guard has checked them", "use a trigger"},
	{"vacuum,cluster,reindex", "it cannot run in the transaction that makes a tenant, or has nothing to do there",
		leaveOut},
	{
		"event trigger,database,tablespace,publication,subscription,foreign,server,user mapping,language,cast,access " +
			"method,system,large object",
		"it belongs to the whole database or server", "do it on the administrator's connection"},
}

func refusedCommand(command string) (reason, remedy string) {
	for _, r := range refusedCommands {
		for _, word := range strings.Split(r.words, ",") {
			if strings.Contains(command, word) {
				return r.reason, r.remedy
			}
		}
	}
	return "it is no statement that makes, changes or fills what a tenant's schema holds",
		"do it on the administrator's connection"
}

// deny takes over a denial of guard's, with a remedy for the DDL where guard's is for a program's statements.
func (f *file) deny(d *guard.Denial, offset int) {
	remedy := d.Hint
	switch d.Rule {
	case guard.RuleSchema:
		d.Reason = "the DDL is for every tenant's schema, so it names none"
		remedy = "leave the schema out; Config.ExtensionSchemas opens those of extensions"
	case guard.RuleUnknownFunction:
		d.Reason = "it is no function of PostgreSQL that docex knows, and the DDL does not make it"
		remedy = "if it is an extension's, list the extension's schema in Config.ExtensionSchemas"
	case guard.RuleSystemCatalog:
		if strings.Contains(remedy, "Policy.") || strings.Contains(remedy, "schema") {
			remedy = "leave it out, or give the DDL's own object another name"
		}
	case guard.RuleFunction:
		// guard names docex's own function first, where there is one for what tenants share
		own, _, found := strings.Cut(remedy, "; Policy.")
		if remedy = "leave it out, or do it in the program"; found {
			remedy = own
		}
	case guard.RuleSetting:
		remedy = "leave the setting out: the function runs with the tenant's own search_path"
	}
	f.add(offset, d.Rule.String(), d.Object, d.Reason, remedy)
}
