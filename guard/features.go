package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
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
		return &Denial{Rule: RuleSelectInto, Object: "select into", Reason: "it creates a table",
			Hint: "insert into a table of the tenant's DDL"}
	case sqlparse.FeatureHold: // a held cursor is still open when the next tenant gets the connection
		return &Denial{Rule: RuleCursor, Object: "with hold", Reason: "the cursor would outlive its transaction",
			Hint: "declare it without hold, inside a transaction"}
	case sqlparse.FeatureCloseAll:
		return &Denial{Rule: RuleCursor, Object: "close all", Reason: "it closes cursors of others", Hint: "close by name"}
	case sqlparse.FeatureChain: // the pin's transaction would end and another one begin behind the driver's back
		return &Denial{Rule: RuleTransaction, Object: "and chain", Reason: "it starts a transaction that is not pinned",
			Hint: "end the transaction and begin another"}
	case sqlparse.FeatureSnapshot:
		return &Denial{Rule: RuleTransaction, Object: "set transaction snapshot",
			Reason: "snapshots are shared by the whole database", Hint: "do the work in one transaction"}
	case sqlparse.FeatureSessionTx:
		return &Denial{Rule: RuleSetting, Object: "set session characteristics", Reason: "it outlives the transaction",
			Hint: "use set transaction, or sql.TxOptions"}
	case sqlparse.FeatureResetAll:
		return &Denial{Rule: RuleSetting, Object: "reset all", Reason: "it drops the tenant's pin",
			Hint: "reset the settings of Policy.AllowSettings by name"}
	case sqlparse.FeatureExclusiveLock:
		return &Denial{Rule: RuleLock, Object: "access exclusive mode", Reason: "it blocks even readers",
			Hint: "name a weaker mode, such as in exclusive mode"}
	case sqlparse.FeatureExplainOption:
		return explainOption(f.Text)
	}
	return &Denial{Rule: RuleUnsupported, Object: f.Text, Reason: "the guard has no rule for this syntax",
		Hint: "write it another way"}
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
	return &Denial{Rule: RuleExplain, Object: name, Reason: "the option is not on the list", Hint: "leave it out"}
}

// shownSettings may be shown by everyone: the statement or BeginTx of the same transaction set them, or they are the same
// for every session that the driver opens.
var shownSettings = setOf(`transaction_isolation transaction_read_only transaction_deferrable
	server_version server_version_num server_encoding client_encoding standard_conforming_strings integer_datetimes
	max_identifier_length`)

// settingNames allows SET, RESET and SHOW of the policy's settings only: a setting lives on for the next tenant, changes
// how the server reads text, or holds what another tenant put there.
func (c *check) settingNames() *Denial {
	for _, s := range c.st.Settings {
		if c.settings[s.Name] || c.st.Kind == sqlparse.KindShow && shownSettings[s.Name] {
			continue
		}
		d := &Denial{Rule: RuleSetting, Object: s.Name, Offset: s.Offset, Reason: "the policy does not list this setting"}
		switch {
		case pinnedSettings[s.Name]:
			d.Reason, d.Hint = "the isolation depends on this setting", pinnedHint(s.Name)
		case strings.HasPrefix(s.Name, "transaction_"):
			d.Hint = "use set transaction, or sql.TxOptions"
		default:
			d.Hint = "add it to Policy.AllowSettings"
		}
		return d
	}
	return nil
}

// pinnedHint says what to do instead of changing or showing a setting that no policy opens.
func pinnedHint(name string) string {
	switch name {
	case "search_path":
		return "leave it out: it is the schema of the UserContext's tenant, then Policy.SharedSchemas"
	case "role", "session_authorization", "is_superuser":
		return "leave it out: the role is that of the UserContext's tenant"
	case "all":
		return "name a setting of Policy.AllowSettings"
	case "default_text_search_config":
		return "name the configuration in the call: to_tsvector('english', …)"
	}
	return "leave it out: every connection has the value that the driver or the administrator gave it"
}

// hints holds the settings that hint comments change to the same rule.
func (g *Guard) hints(facts *sqlparse.Facts) *Denial {
	for _, s := range facts.Hints {
		if !g.settings[s.Name] {
			return &Denial{Rule: RuleSetting, Object: "set in a hint comment", Offset: s.Offset,
				Reason: "the policy does not list this setting",
				Hint:   "take it out of the comment, or add it to Policy.AllowSettings"}
		}
	}
	return nil
}
