package provision

import "strings"

// use says why a statement does not work, or not as meant, in a function that a tenant calls, and what to write
// instead. {{system}} is the system schema.
type use struct{ reason, remedy string }

// uses are the statements that tenants cannot run, by the word that they begin with.
var uses = map[string]use{
	"create":   {makesNothing, makeElsewhere},
	"alter":    {makesNothing, makeElsewhere},
	"drop":     {makesNothing, makeElsewhere},
	"comment":  {ownsNothing, makeElsewhere},
	"cluster":  {ownsNothing, byAdministrator},
	"reindex":  {ownsNothing, byAdministrator},
	"refresh":  {ownsNothing, "call {{system}}.refresh_view('name')"},
	"truncate": {"the tenant's role has no right to it", "call {{system}}.truncate_tables('name')"},
	"analyze":  {"the server passes over tables that the role does not own, and the tenant's owns none", analyzeTables},
	"analyse":  {"the server passes over tables that the role does not own, and the tenant's owns none", analyzeTables},
	"vacuum":   {"the server does not run it in functions", "leave it to autovacuum; for statistics " + analyzeTables},
	"grant":    {"the tenant's role cannot hand on its rights", leaveOut},
	"revoke":   {ownsNothing, leaveOut},
	"notify": {"everybody who listens in the database gets the message, other tenants' programs included",
		"call {{system}}.notify('channel', 'message')"},
	"listen": {"connections go from tenant to tenant, so nobody waits on this one",
		"have the program listen to {{system}}.channel('name') on a connection of its own"},
	"unlisten": {"connections go from tenant to tenant", leaveOut},
	"copy":     {"it reads or writes the server's files, which the tenant's role may not", "write INSERT"},
}

const (
	makesNothing    = "functions run with the rights of the tenant's role, which makes no objects"
	ownsNothing     = "functions run with the rights of the tenant's role, which owns nothing"
	makeElsewhere   = "put it into the DDL, or let the administrator do it: Provisioner.ForEachTenant with AsAdministrator"
	byAdministrator = "let the administrator do it: Provisioner.ForEachTenant with AsAdministrator"
	analyzeTables   = "call {{system}}.analyze_tables('name')"
	addPartitions   = "let the administrator do it: Provisioner.AddPartition, or ForEachTenant with AsAdministrator"
)

// useOf returns the use of a word, or of all other statements.
func (c Config) useOf(word string) use {
	u, ok := uses[word]
	if !ok {
		u = use{"functions run with the rights of the tenant's role, which makes no objects and keeps the session's settings",
			"only query and change rows in functions"}
	}
	u.remedy = strings.ReplaceAll(u.remedy, "{{system}}", c.SystemSchema)
	return u
}
