package guard

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// features refuses what a statement of an allowed kind must not do.
func (c *check) features() *Denial {
	for _, f := range c.st.Features {
		d := feature(f)
		if d != nil {
			d.Offset = f.Offset
			return d
		}
	}
	return nil
}

func feature(f sqlparse.Feature) *Denial {
	switch f.Kind {
	case sqlparse.FeatureInto:
		return &Denial{Rule: RuleSelectInto, Object: "select into", Reason: "it creates a table, and tenants create none",
			Hint: "use insert into … select with a table that the tenant has"}
	case sqlparse.FeatureHold: // a held cursor is still open when the next tenant gets the connection
		return &Denial{Rule: RuleCursor, Object: "with hold",
			Reason: "the cursor would stay open on the connection, which the next tenant gets",
			Hint:   "leave with hold out, and use the cursor inside a transaction"}
	case sqlparse.FeatureCloseAll:
		return &Denial{Rule: RuleCursor, Object: "close all",
			Reason: "it closes every cursor on the connection, also those that other code opened",
			Hint:   "close each cursor by its name"}
	case sqlparse.FeatureChain: // the pin's transaction would end and another one begin behind the driver's back
		return &Denial{Rule: RuleTransaction, Object: "and chain",
			Reason: "it begins a transaction that the driver has not tied to the tenant",
			Hint:   "commit or roll back, then begin another transaction"}
	case sqlparse.FeatureSnapshot:
		return &Denial{Rule: RuleTransaction, Object: "set transaction snapshot",
			Reason: "snapshots belong to the whole database, so it could be another tenant's",
			Hint:   "do the work in one transaction"}
	case sqlparse.FeatureSessionTx:
		return &Denial{Rule: RuleSetting, Object: "set session characteristics",
			Reason: "it stays in force on the connection, which the next tenant gets",
			Hint:   "use set transaction, or sql.TxOptions"}
	case sqlparse.FeatureResetAll:
		return &Denial{Rule: RuleSetting, Object: "reset all",
			Reason: "it also resets the settings that tie the connection to the tenant",
			Hint:   "reset settings by name; Policy.AllowSettings says which"}
	case sqlparse.FeatureExclusiveLock:
		return &Denial{Rule: RuleLock, Object: "access exclusive mode",
			Reason: "this mode, which is lock's default, stops even readers of the table",
			Hint:   "name a weaker mode, as in: lock table t in exclusive mode"}
	case sqlparse.FeatureExplainOption:
		return explainOption(f.Text)
	}
	return &Denial{Rule: RuleUnsupported, Object: f.Text,
		Reason: "the guard does not know this syntax, so it cannot check it",
		Hint:   "write it another way"}
}

// explainOptions show nothing but the plan. SETTINGS is missing: it prints the session's settings.
var explainOptions = map[string]bool{
	"analyze": true, "verbose": true, "costs": true, "generic_plan": true, "buffers": true, "wal": true, "timing": true,
	"summary": true, "format": true, "serialize": true, "memory": true,
}

func explainOption(name string) *Denial {
	if explainOptions[name] {
		return nil
	}
	return &Denial{Rule: RuleExplain, Object: name,
		Reason: "this option of explain is unknown, or shows more than the plan",
		Hint:   "leave the option out"}
}

// shownSettings may be shown by everyone: the statement or BeginTx of the same transaction set them, they are the same
// for every session that the driver opens, the pin clears them, or they say who the tenant is. None names a file, a
// role, a host or an object. PostgreSQL has no yb_enable_listen_notify: River asks for it, to know YugabyteDB.
var shownSettings = setOf(`transaction_isolation transaction_read_only transaction_deferrable
	default_transaction_isolation default_transaction_read_only default_transaction_deferrable
	server_version server_version_num server_encoding client_encoding standard_conforming_strings integer_datetimes
	max_identifier_length max_function_args max_index_keys block_size
	timezone datestyle intervalstyle lc_collate lc_ctype lc_messages lc_monetary lc_numeric lc_time
	extra_float_digits bytea_output statement_timeout lock_timeout idle_in_transaction_session_timeout
	in_hot_standby transaction_timeout deadlock_timeout max_connections track_counts track_commit_timestamp
	yb_enable_listen_notify docex.tenant_id docex.user_id`)

// mayShow reports whether a setting, in lower case, may be read.
func (c *check) mayShow(name string) bool { return shownSettings[name] || c.settings[name] }

// settingNames allows SET, RESET and SHOW of the policy's settings only: a setting lives on for the next tenant,
// changes how the server reads text, or holds what another tenant put there.
func (c *check) settingNames() *Denial {
	for _, s := range c.st.Settings {
		if c.settings[s.Name] || c.st.Kind == sqlparse.KindShow && c.mayShow(s.Name) || c.shortens(s) {
			continue
		}
		d := &Denial{Rule: RuleSetting, Object: s.Name, Offset: s.Offset, Reason: "the policy does not allow this setting"}
		switch {
		case s.Name == "all":
			d.Reason, d.Hint = "it shows settings that the policy does not allow", "name one of Policy.AllowSettings"
		case pinnedSettings[s.Name]:
			d.Reason, d.Hint = "keeping tenants apart depends on this setting", pinnedHint(s.Name)
		case slices.Contains(TimeoutSettings[:], s.Name):
			d.Hint = "make it shorter inside a transaction, as in: set local " + s.Name +
				" = '5s'; Policy.AllowSettings allows all else"
		case strings.HasPrefix(s.Name, "transaction_"):
			d.Hint = "use set transaction, or sql.TxOptions"
		case lastingSettings[s.Name]:
			d.Reason = "it would stay on the connection, which the next tenant gets"
			d.Hint = "draw random numbers in your program"
		default:
			d.Hint = "leave it out, or add it to Policy.AllowSettings if no other tenant can be harmed by it"
		}
		return d
	}
	return nil
}

// pinnedHint says what to do instead of changing or showing a setting that no policy opens.
func pinnedHint(name string) string {
	switch name {
	case "search_path":
		return "leave it out: the driver sets it to the schema of the UserContext's tenant and the policy's schemas"
	case "role", "session_authorization", "is_superuser":
		return "leave it out: the driver sets the role to that of the UserContext's tenant"
	case "default_text_search_config":
		return "name the configuration in each call, as in: to_tsvector('english', body)"
	}
	return "leave it out: the driver or the administrator has set it"
}

// hints refuses comments that extensions read, unless they do no more than choose among plans.
func hints(sql string) *Denial {
	at, found := text.UnsafeHint(sql)
	if !found {
		return nil
	}
	return &Denial{Rule: RuleSetting, Object: "hint comment", Offset: at,
		Reason: "a planner extension can take what is in it for a change of a setting",
		Hint: "keep to hints of scans, joins, Leading, Rows and Parallel, with names that need no quotes; " +
			"in a comment that is none for the planner, leave the + out"}
}
