package guard

//go:generate go test -run ^TestRulesTable$ -update-rules .

// Rule names the reason of a [Denial]. Its String is stable: dashboards and alerts may match on it.
//
// The comment of each Rule says what it refuses and why, gives a statement that it refuses, and what to do instead.
// RULES.md is made from these comments, and a test runs the statements.
type Rule uint8

const (
	// RuleNone is the zero value. It is no verdict: an allowed statement has no Denial at all.
	RuleNone Rule = iota

	// RuleInternal refuses a statement on which the guard itself failed, since a statement that was not checked must not
	// run. No such statement is known.
	//
	// Instead: please report the statement, and write it another way.
	RuleInternal

	// RuleTenantSchema refuses everything for a schema that can be no tenant's: an empty name, one of the server's own
	// schemas, one that the policy opens to all tenants. The statement is not looked at.
	//
	//	SELECT name FROM document -- for a tenant whose schema is pg_catalog
	//
	// Instead: pass the schema that the registry of tenants has for the tenant.
	RuleTenantSchema

	// RuleEncoding refuses NUL bytes and text that is not UTF-8: the guard's parser and the server would read different
	// statements.
	//
	//	SELECT 'caf\xe9'
	//
	// Instead: send the text as UTF-8, and pass binary data as an argument.
	RuleEncoding

	// RuleLimit refuses text that is too large, or nested too deep: the parser would use up the memory or the stack of the
	// process.
	//
	//	SELECT ((((…1))))
	//
	// Instead: split the statement, or pass a list as one array: = any($1). Policy.Limits has the limits.
	RuleLimit

	// RuleSyntax refuses what the parser cannot read, since nobody knows what it does. The guard has the grammar of
	// PostgreSQL 16; what only newer versions have is refused, too.
	//
	//	SELCT name FROM document
	//
	// Instead: correct the syntax, or write it as in PostgreSQL 16.
	RuleSyntax

	// RuleUnsupported refuses syntax that parses but that the guard does not know, and a $ with a number inside a
	// constant, name or comment where some clients would insert an argument: what would run could differ from what was
	// checked.
	//
	//	SELECT name'\', '$1' FROM document
	//
	// Instead: write it another way; pass the constant as an argument.
	RuleUnsupported

	// RuleMultiStatement refuses several statements in one text, which is what an injection makes of one. Transaction
	// control among several is always refused: it would end the transaction that the driver has tied to the tenant.
	//
	//	SELECT name FROM document; DELETE FROM document
	//
	// Instead: send one statement at a time and use BeginTx, or set Policy.MultiStatement.
	RuleMultiStatement

	// RuleStatementKind refuses every kind of statement but queries, changes of rows, transaction control, cursors and a
	// few settings: DDL, COPY, PREPARE, LISTEN, DO and maintenance change what tenants share, or run what cannot be
	// checked.
	//
	//	CREATE TABLE scratch (id int)
	//
	// Instead: put it into the tenant's DDL, which provisioning runs, or run it on the administrator's connection; load
	// rows with driver.CopyFrom.
	RuleStatementKind

	// RuleTransaction refuses AND CHAIN, which begins a transaction that the driver has not tied to the tenant, two-phase
	// commit and imported snapshots, whose names belong to the whole database.
	//
	//	COMMIT AND CHAIN
	//
	// Instead: commit or roll back, then begin another transaction.
	RuleTransaction

	// RuleSetting refuses SET, RESET and SHOW of settings that the policy does not list: a setting stays on the connection
	// for the next tenant, and some decide which schema or role a statement runs in. It also refuses comments that begin
	// with /*+ and hold anything but hints of scans, joins, Leading, Rows and Parallel: pg_hint_plan takes settings out of
	// them.
	//
	//	SET search_path = tenant_globex
	//
	// Instead: leave it out, or add the setting to Policy.AllowSettings. Those that keep tenants apart cannot be allowed.
	RuleSetting

	// RuleCursor refuses cursors WITH HOLD, which stay open for the next tenant on the connection, and CLOSE ALL, which
	// closes cursors that other code opened.
	//
	//	DECLARE c CURSOR WITH HOLD FOR SELECT name FROM document
	//
	// Instead: declare it without WITH HOLD inside a transaction, and close it by its name.
	RuleCursor

	// RuleExplain refuses options of EXPLAIN that show the connection's settings, and unknown ones.
	//
	//	EXPLAIN (SETTINGS) SELECT name FROM document
	//
	// Instead: leave the option out.
	RuleExplain

	// RuleSelectInto refuses SELECT INTO, which creates a table.
	//
	//	SELECT name INTO copy_of_document FROM document
	//
	// Instead: use INSERT INTO … SELECT with a table that the tenant has.
	RuleSelectInto

	// RuleLock refuses LOCK in ACCESS EXCLUSIVE mode, the default: it stops even readers of the table.
	//
	//	LOCK TABLE document
	//
	// Instead: name a weaker mode, such as IN EXCLUSIVE MODE.
	RuleLock

	// RuleDatabaseName refuses names of three parts, also those with the current database, which a policy does not know.
	//
	//	SELECT name FROM app.tenant_acme.document
	//
	// Instead: leave the database and the schema out.
	RuleDatabaseName

	// RuleSchema refuses objects of every kind in a schema that is neither the tenant's nor one that the policy lists:
	// they are other tenants' or the system's.
	//
	//	SELECT name FROM tenant_globex.document
	//
	// Instead: leave the schema out to mean the tenant's own. Policy.SharedSchemas opens schemas for reading,
	// Policy.ExtensionSchemas those of extensions.
	RuleSchema

	// RuleSystemCatalog refuses system catalogs and information_schema, by qualified or bare name: they show other
	// tenants' names and statistics. A bare name that begins with pg_ always means a catalog.
	//
	//	SELECT relname FROM pg_class
	//
	// Instead: leave it out, or open catalogs for reading with Policy.Catalog.
	RuleSystemCatalog

	// RuleSharedWrite refuses writes to the tables of a shared schema and locks on them, since every tenant reads them.
	//
	//	UPDATE ref.country SET name = 'Erewhon'
	//
	// Instead: change them on the administrator's connection.
	RuleSharedWrite

	// RuleFunction refuses functions of PostgreSQL and of its extensions that reach outside the tenant, run a text as SQL,
	// or read or change the state of the connection.
	//
	//	SELECT query_to_xml('SELECT name FROM tenant_globex.document', true, true, '')
	//
	// Instead: depends on the function; the message says it. Policy.Catalog opens some that describe objects.
	RuleFunction

	// RuleUnknownFunction refuses functions that neither the guard's list of PostgreSQL's nor the policy names: an
	// extension or a newer server may give the name any meaning. It also refuses functions of extensions that the policy
	// does not name. The driver knows the functions of the tenant's own schema: it asks the server, at most once a second.
	//
	//	SELECT levenshtein(name, 'anvil') FROM document
	//
	// Instead: write the tenant's schema in front of a function of its own, or list it in Policy.TenantFunctions; list an
	// extension in Policy.Extensions, or its function in Policy.AllowFunctions.
	RuleUnknownFunction

	// RuleConstantName refuses a call whose argument names a sequence, a table or a text search object, unless the
	// argument is a constant that stays inside the tenant: what an argument or an expression will name, the guard cannot
	// see.
	//
	//	SELECT nextval($1)
	//
	// Instead: write the name as a plain string constant: nextval('order_id_seq').
	RuleConstantName

	// RuleFieldCall refuses fields, x.name and (x).name, where PostgreSQL, finding no such column, would call a function
	// or cast to a type that is itself refused.
	//
	//	SELECT d.pg_relation_size FROM document d
	//
	// Instead: if it is a column, write it without the table's name in front.
	RuleFieldCall

	// RuleType refuses types whose values can name objects of any schema, such as regclass, and the server's internal
	// ones.
	//
	//	SELECT 'document'::regclass
	//
	// Instead: compare names as text; Policy.Catalog opens the types that name objects.
	RuleType
)

var ruleNames = [...]string{
	RuleNone: "none", RuleInternal: "internal", RuleTenantSchema: "tenant-schema", RuleEncoding: "encoding",
	RuleLimit:  "limit",
	RuleSyntax: "syntax", RuleUnsupported: "unsupported-syntax", RuleMultiStatement: "multi-statement",
	RuleStatementKind: "statement-kind", RuleTransaction: "transaction-control", RuleSetting: "setting",
	RuleCursor:  "cursor",
	RuleExplain: "explain-option", RuleSelectInto: "select-into", RuleLock: "lock", RuleDatabaseName: "database-name",
	RuleSchema: "foreign-schema", RuleSystemCatalog: "system-catalog", RuleSharedWrite: "shared-read-only",
	RuleFunction:        "function",
	RuleUnknownFunction: "unknown-function", RuleConstantName: "constant-name", RuleFieldCall: "field-call",
	RuleType: "type",
}

// String returns the rule's stable name, in kebab case.
func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return "unknown"
}
