package oracle

const needsGuardHead = `What the server does not refuse to a tenant's role: the statements of the corpus that need the
guard, by class, with the reason. None of them reads or changes another tenant's rows by itself. Beside each stands what
it was seen to do:

  session   changes what the session remembers: role, path, settings, locks, cursors
  database  leaves something in the database outside every schema
  names     names another tenant's objects or the system's
  runs      succeeds, and none of the above is seen; the reason says what is wrong with it

Written by "go test ./internal/proof/oracle -run RoleWallAlone -update" on the newest PostgreSQL; older ones lack some
lines.
`

// whyGuard says for each class of the corpus that the server lets through, in part or whole, why that is.
var whyGuard = map[string]string{
	"acl-function": "access lists are shown with the names of roles, which every role may read",
	"advisory-lock": "the locks are the whole database's: one tenant can wait for another's, hold them and see " +
		"them held",
	"backend-control":     "every role may ask which sessions block which, and when they began",
	"catalog-function":    "the catalogs are everybody's: definitions, names and sizes of all tenants' objects",
	"catalog-qualified":   "the catalogs are everybody's",
	"catalog-rowtype":     "values of the types reg* are shown as names, whoever's",
	"catalog-unqualified": "the catalogs are everybody's, and pg_catalog is on every path",
	"copy":                "the catalogs are everybody's; set_config is a function like others",
	"cte-shadow":          "the catalogs are everybody's",
	"cursor-hold":         "the cursor outlives the transaction and with it the tenant's turn on the connection",
	"ddl-global":          "a role may always reset its own settings",
	"ddl-other": "a role may set default privileges for what it makes itself, in any schema; it can make " +
		"nothing, but can then not be dropped",
	"ddl-own": "granting what one may not grant, and revoking, only warns; a role may set its own default " +
		"privileges",
	"do-block":            "a block may call set_config: the path is the session's own to set",
	"dynamic-sql":         "as the tenant itself: set_config, and functions that read all that the tenant may read",
	"function-position":   "set_config, wherever an expression may stand: the path is the session's own to set",
	"functional-notation": "functions that everybody may call, written as a field",
	"guc-read":            "most settings are everybody's to read",
	"large-object": "everybody may make large objects, which lie in no schema; their maker's role can then not " +
		"be dropped",
	"listen-notify":      "channels are the whole database's: one tenant can listen to another's and forge its messages",
	"maintenance":        "what the role does not own is skipped with a warning",
	"multi-statement":    "the path is the session's own to set",
	"pg-settings-update": "an update of this view is a SET",
	"policy-strict":      "harmless when run as the tenant; the corpus says why the strictest policy refuses it",
	"prepare-execute":    "the name stays in the session for the next tenant",
	"reg-cast":           "the catalogs are everybody's: a number becomes the name of another tenant's object",
	"reg-contagion":      "the catalogs are everybody's: a number becomes the name of another tenant's object",
	"relname-function":   "sizes, file numbers and the rights of other roles are everybody's to read",
	"replication-admin":  "everybody may write a message into the log that replicas read",
	"role-switch": "the login is a member of every tenant's role: it may take on the next one. THE SECOND WALL " +
		"STANDS ON THIS REFUSAL",
	"session-state-read": "cursors and prepared statements that another tenant left in the session",
	"set-config":         "the settings of a session, path and role among them, are its own to set",
	"set-guc":            "the settings of a session are its own to set, also those that change how statements are read",
	"set-search-path":    "the path is the session's own to set; it opens no schema that the role may not use",
	"snapshot-xid":       "transaction numbers and snapshots are the whole database's",
	"stats-activity": "statistics are the whole database's: other tenants' tables, their traffic, their sessions " +
		"(but for the text of their statements)",
	"text-search-config": "a configuration by number, whoever's: these have no rights of their own",
	"tx-pin-escape":      "it ends the transaction, and with it a pin that lasts as long",
	"type-io-function":   "the catalogs are everybody's: a number becomes the name of another tenant's object",
}
