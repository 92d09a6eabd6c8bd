package guard

import "github.com/docex/docex/internal/sqlparse"

// check is the look at one statement.
type check struct {
	*Guard
	tenant string
	st     *sqlparse.Statement

	constants bool // a rule looked at what a constant holds
	bound     bool // a constant names the tenant's schema
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
	ok := true
	switch c.st.Kind {
	case sqlparse.KindExplain:
		ok = isQuery(c.st.Inner)
	case sqlparse.KindDeclare:
		ok = c.st.Inner == sqlparse.KindSelect
	}
	if ok {
		return nil
	}
	return &Denial{Rule: RuleStatementKind, Offset: c.st.Offset, Object: kindNames[c.st.Kind],
		Reason: "the statement in it is of a kind that is refused", Hint: "use it with a query"}
}

func isQuery(k sqlparse.Kind) bool { return k >= sqlparse.KindSelect && k <= sqlparse.KindMerge }

// refusedKind words the refusal.
func (c *check) refusedKind() *Denial {
	d := &Denial{Rule: RuleStatementKind, Offset: c.st.Offset, Object: c.st.Command}
	switch c.st.Kind {
	case sqlparse.KindCopy:
		d.Reason, d.Hint = "copy as text is refused", "use driver.CopyFrom to load rows"
	case sqlparse.KindPrepare:
		d.Reason = "names of prepared statements live in the session, which tenants share"
		d.Hint = "use database/sql's Prepare"
	case sqlparse.KindNotify:
		d.Reason, d.Hint = "channels belong to the whole database", "use a table of the tenant"
	case sqlparse.KindDo:
		d.Reason, d.Hint = "the code in it cannot be checked", "put it into a function of the tenant's DDL"
	case sqlparse.KindTwoPhase:
		d.Rule, d.Reason = RuleTransaction, "prepared transactions belong to the whole database"
		d.Hint = "commit or roll back"
	default:
		d.Reason = "statements of this kind are not for tenants"
		d.Hint = "a tenant's schema is fixed when it is provisioned"
	}
	return d
}
