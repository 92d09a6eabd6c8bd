package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
)

// check is the look at one statement.
type check struct {
	*Guard
	tenant string
	st     *sqlparse.Statement

	constants bool     // a rule looked at what a constant holds
	bound     bool     // a constant names the tenant's schema
	timeouts  Timeouts // that it sets for the transaction
	owned     []string // functions that the tenant must have of its own
}

// rules are tried in this order and the first denial is the verdict: what the statement is, then what it names. Each
// stands for itself; none relies on another having run.
var rules = []func(*check) *Denial{
	(*check).kind,
	(*check).features,
	(*check).settingNames,
	(*check).relations,
	(*check).columns,
	(*check).types,
	(*check).objects,
	(*check).calls,
	(*check).fields,
	(*check).transactionAge,
}

func (c *check) run() *Denial {
	for _, rule := range rules {
		if d := rule(c); d != nil {
			return d
		}
	}
	return nil
}

// kindNames are the kinds that tenants may run, and their names for people.
var kindNames = map[sqlparse.Kind]string{
	sqlparse.KindSelect: "select", sqlparse.KindInsert: "insert", sqlparse.KindUpdate: "update",
	sqlparse.KindDelete: "delete", sqlparse.KindMerge: "merge", sqlparse.KindExplain: "explain",
	sqlparse.KindDeclare: "declare cursor", sqlparse.KindFetch: "fetch", sqlparse.KindClose: "close",
	sqlparse.KindBegin: "begin", sqlparse.KindCommit: "commit", sqlparse.KindRollback: "rollback",
	sqlparse.KindSavepoint: "savepoint", sqlparse.KindSetTx: "set transaction",
	sqlparse.KindConstraints: "set constraints", sqlparse.KindSet: "set", sqlparse.KindShow: "show",
	sqlparse.KindLock: "lock", sqlparse.KindCall: "call",
}

// kind allows statements by a list of kinds. What is not on it is refused whatever it names.
func (c *check) kind() *Denial {
	if kindNames[c.st.Kind] == "" {
		return c.refusedKind()
	}
	hint := ""
	switch c.st.Kind {
	case sqlparse.KindExplain:
		if !isQuery(c.st.Inner) {
			hint = "explain a select, insert, update, delete or merge"
		}
	case sqlparse.KindDeclare:
		if c.st.Inner != sqlparse.KindSelect {
			hint = "declare the cursor for a select"
		}
	}
	if hint == "" {
		return nil
	}
	return &Denial{Rule: RuleStatementKind, Offset: c.st.Offset, Object: kindNames[c.st.Kind],
		Reason: "the statement inside it is of a kind that is refused here", Hint: hint}
}

func isQuery(k sqlparse.Kind) bool { return k >= sqlparse.KindSelect && k <= sqlparse.KindMerge }

// refusedKind words the refusal.
func (c *check) refusedKind() *Denial {
	d := &Denial{Rule: RuleStatementKind, Offset: c.st.Offset, Object: c.st.Command,
		Reason: "tenants may only query, change rows and use transactions"}
	switch c.st.Kind {
	case sqlparse.KindCopy:
		d.Reason = "copy can reach files of the server, and its rows bypass database/sql"
		d.Hint = "load rows with driver.CopyFrom, and read them with driver.CopyTo or select"
	case sqlparse.KindPrepare:
		d.Reason = "the prepared statement would stay on the connection, which the next tenant gets"
		d.Hint = "use Prepare of database/sql"
	case sqlparse.KindNotify:
		d.Reason = "channels of listen and notify belong to the whole database, so other tenants can hear them"
		d.Hint = "send with select " + c.system + ".notify('jobs', 'payload'), and listen on a connection of its own to " +
			"what " + c.system + ".channel('jobs') returns"
	case sqlparse.KindDo:
		d.Reason = "the guard cannot check the code inside a do block"
		d.Hint = "make it a function in the tenant's DDL, which provisioning runs, and call that"
	case sqlparse.KindTwoPhase:
		d.Rule, d.Object = RuleTransaction, "prepared transaction"
		d.Reason = "prepared transactions belong to the whole database and outlive the connection"
		d.Hint = "commit or roll back"
	default:
		d.Hint = c.remedy(c.st.Command)
	}
	return d
}

// outsideSchemas are words of commands about what belongs to the database or the server, which no DDL of tenants holds.
var outsideSchemas = setOf(`database schema role user grant revoke extension tablespace server system publication
	subscription language transform wrapper checkpoint load event access owned default security`)

// remedy says what to do instead of a statement that belongs to provisioning or to the administrator.
func (c *check) remedy(command string) string {
	switch command {
	case "truncate":
		return "use delete without where, or select " + c.system + ".truncate_tables('document')"
	case "analyze":
		return "use select " + c.system + ".analyze_tables('document')"
	case "refresh materialized view":
		return "use select " + c.system + ".refresh_view('totals'), or refresh_view('totals', true) for concurrently"
	case "discard":
		return "leave it out: docex clears what a tenant has left in the session before another tenant's first statement"
	case "vacuum", "cluster", "reindex":
		return "run it on the administrator's connection"
	case "create table", "create table as":
		return "let the tenant's DDL, which provisioning runs, create tables; keep intermediate rows in a with clause"
	}
	for _, what := range strings.Fields(command) {
		if outsideSchemas[what] {
			return "run it on the administrator's connection"
		}
	}
	return "put it into the tenant's DDL, which provisioning runs, or run it on the administrator's connection"
}
