package guard

import "strings"

// systemFunctions work for the tenant that the session is pinned to, in the system schema. provision makes them, and
// they check what they are given.
var systemFunctions = setOf("lock try_lock channel notify truncate_tables analyze_tables refresh_view")

// sharedByDesign are functions of pg_catalog that a policy may open though their keys, channels and numbers belong to
// the whole database. What they hold ends with the transaction.
var sharedByDesign = setOf(`pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_xact_lock
	pg_try_advisory_xact_lock_shared pg_notify pg_current_xact_id pg_current_xact_id_if_assigned pg_current_snapshot
	txid_current txid_current_if_assigned txid_current_snapshot`)

// instead says which function of docex's does for one tenant what a function of PostgreSQL does for the database.
func (c *check) instead(name string) string {
	hint := c.ofOwn(name)
	if sharedByDesign[name] {
		hint += "; Policy.AllowFunctions may open this one, with which tenants can notice one another"
	}
	return strings.TrimPrefix(hint, "; ")
}

func (c *check) ofOwn(name string) string {
	switch {
	case name == "pg_notify":
		return "use " + c.system + ".notify(channel, payload), which reaches the tenant's own listeners"
	case strings.HasPrefix(name, "pg_try_advisory"):
		return "use " + c.system + ".try_lock(name) in a transaction that stays open as long as the lock is needed"
	case strings.HasPrefix(name, "pg_advisory_unlock"):
		return "leave it out: locks of " + c.system + ".lock(name) end with the transaction"
	case strings.HasPrefix(name, "pg_advisory"):
		return "use " + c.system + ".lock(name) in a transaction that stays open as long as the lock is needed"
	case name == "set_config":
		return "use set local for what the policy allows; keep other values in your program, and pass them as arguments"
	}
	return ""
}
