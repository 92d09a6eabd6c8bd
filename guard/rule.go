package guard

// Rule names the reason of a [Denial]. Its String is stable: dashboards and alerts may match on it.
type Rule uint8

const (
	// RuleNone is the zero value. It is no verdict: an allowed statement has no Denial at all.
	RuleNone Rule = iota
	// RuleInternal refuses because the guard itself failed. Please report the statement.
	RuleInternal
	// RuleTenantSchema refuses a schema that can be no tenant's. The statement was not looked at.
	RuleTenantSchema
	// RuleEncoding refuses NUL bytes and text that is not UTF-8: parser and server would read different statements.
	RuleEncoding
	// RuleLimit refuses text that is too large or nested too deep to be parsed safely.
	RuleLimit
	// RuleSyntax refuses what the parser cannot read.
	RuleSyntax
	// RuleUnsupported refuses syntax that parses but that the guard has no rule for.
	RuleUnsupported
	// RuleMultiStatement refuses several statements in one text, and transaction control among several.
	RuleMultiStatement
	// RuleStatementKind refuses kinds of statements that tenants do not run: DDL, COPY, PREPARE, LISTEN, DO, maintenance.
	RuleStatementKind
	// RuleTransaction refuses AND CHAIN, two-phase commit and imported snapshots.
	RuleTransaction
	// RuleSetting refuses SET, RESET and SHOW of settings that the policy does not list.
	RuleSetting
	// RuleCursor refuses cursors that outlive their transaction and CLOSE ALL.
	RuleCursor
	// RuleExplain refuses options of EXPLAIN that show settings, and unknown ones.
	RuleExplain
	// RuleSelectInto refuses SELECT INTO, which creates a table.
	RuleSelectInto
	// RuleLock refuses LOCK in ACCESS EXCLUSIVE mode.
	RuleLock
	// RuleDatabaseName refuses three-part names, the current database's included.
	RuleDatabaseName
	// RuleSchema refuses objects of every kind in a schema that is neither the tenant's nor one that the policy lists.
	RuleSchema
	// RuleSystemCatalog refuses system catalogs and information_schema, by qualified or bare name.
	RuleSystemCatalog
	// RuleSharedWrite refuses to write or lock tables of a shared schema.
	RuleSharedWrite
	// RuleFunction refuses functions of pg_catalog that reach outside the tenant or change the session.
	RuleFunction
	// RuleUnknownFunction refuses functions that neither PostgreSQL's list nor the policy names.
	RuleUnknownFunction
	// RuleConstantName refuses a call whose argument names an object unless it is a constant inside the tenant.
	RuleConstantName
	// RuleFieldCall refuses x.name and (x).name where name is a function or type that would be called.
	RuleFieldCall
	// RuleType refuses types whose values name objects of any schema, and pseudo-types.
	RuleType
)

var ruleNames = [...]string{
	RuleNone: "none", RuleInternal: "internal", RuleTenantSchema: "tenant-schema", RuleEncoding: "encoding", RuleLimit: "limit",
	RuleSyntax: "syntax", RuleUnsupported: "unsupported-syntax", RuleMultiStatement: "multi-statement",
	RuleStatementKind: "statement-kind", RuleTransaction: "transaction-control", RuleSetting: "setting", RuleCursor: "cursor",
	RuleExplain: "explain-option", RuleSelectInto: "select-into", RuleLock: "lock", RuleDatabaseName: "database-name",
	RuleSchema: "foreign-schema", RuleSystemCatalog: "system-catalog", RuleSharedWrite: "shared-read-only", RuleFunction: "function",
	RuleUnknownFunction: "unknown-function", RuleConstantName: "constant-name", RuleFieldCall: "field-call", RuleType: "type",
}

// String returns the rule's stable name, in kebab case.
func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return "unknown"
}
