package sqlparse

import (
	"strconv"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// cursorHold is CURSOR_OPT_HOLD of PostgreSQL's parsenodes.h.
const cursorHold = 0x0020

// accessExclusive is AccessExclusiveLock of PostgreSQL's lockdefs.h.
const accessExclusive = 8

func (w *walker) explain(s *pg.ExplainStmt) Kind {
	for _, n := range s.Options {
		o := n.GetDefElem()
		if o == nil || o.Defnamespace != "" {
			w.unsupported(n)
			continue
		}
		w.locate(o.Location)
		w.feature(FeatureExplainOption, strings.ToLower(o.Defname))
	}
	w.st.Inner = w.query(s.Query)
	return KindExplain
}

func (w *walker) declare(s *pg.DeclareCursorStmt) Kind {
	if s.Options&cursorHold != 0 {
		w.feature(FeatureHold, "")
	}
	w.st.Inner = w.query(s.Query)
	return KindDeclare
}

func (w *walker) transaction(s *pg.TransactionStmt) Kind {
	if s.Chain {
		w.feature(FeatureChain, "")
	}
	switch s.Kind {
	case pg.TransactionStmtKind_TRANS_STMT_BEGIN, pg.TransactionStmtKind_TRANS_STMT_START:
		return KindBegin
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT:
		return KindCommit
	case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		return KindRollback
	case pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT, pg.TransactionStmtKind_TRANS_STMT_RELEASE,
		pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return KindSavepoint
	}
	return KindTwoPhase
}

// set walks SET and RESET. The grammar gives SET TIME ZONE, SET SCHEMA, SET NAMES, SET ROLE and SET SESSION
// AUTHORIZATION as the setting that they change.
func (w *walker) set(s *pg.VariableSetStmt) Kind {
	switch s.Kind {
	case pg.VariableSetKind_VAR_SET_MULTI:
		return w.setMulti(s)
	case pg.VariableSetKind_VAR_RESET_ALL:
		w.feature(FeatureResetAll, "")
		return KindSet
	case pg.VariableSetKind_VAR_SET_VALUE, pg.VariableSetKind_VAR_SET_DEFAULT, pg.VariableSetKind_VAR_RESET:
		w.setting(s.Name, s.IsLocal)
		set := &w.st.Settings[len(w.st.Settings)-1]
		if len(s.Args) == 1 {
			set.Value, set.Valued = settingText(s.Args[0].GetAConst())
		}
	default:
		w.feature(FeatureUnsupported, "set")
	}
	for _, n := range s.Args {
		w.settingValue(n)
	}
	return KindSet
}

func (w *walker) setMulti(s *pg.VariableSetStmt) Kind {
	switch s.Name {
	case "TRANSACTION":
		return KindSetTx
	case "SESSION CHARACTERISTICS":
		w.feature(FeatureSessionTx, "")
	case "TRANSACTION SNAPSHOT":
		w.feature(FeatureSnapshot, "")
	default:
		w.feature(FeatureUnsupported, "set "+strings.ToLower(s.Name))
	}
	return KindSet
}

// settingValue accepts constants (SET TIME ZONE INTERVAL '…' gives a cast of one). This parser also takes a parameter
// here, which the server's grammar does not.
func (w *walker) settingValue(n *pg.Node) {
	switch x := n.GetNode().(type) {
	case *pg.Node_AConst:
	case *pg.Node_TypeCast:
		w.cast(x.TypeCast, Use{})
	default:
		w.unsupported(n)
	}
}

// settingText is a constant as the server reads it for a setting.
func settingText(c *pg.A_Const) (value string, ok bool) {
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Sval:
		return v.Sval.GetSval(), true
	case *pg.A_Const_Fval:
		return v.Fval.GetFval(), true
	case *pg.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.GetIval())), true
	}
	return "", false
}

func (w *walker) setting(name string, local bool) {
	w.st.Settings = append(w.st.Settings, Setting{Name: text.Fold(name), Offset: w.at, Local: local})
}

func (w *walker) constraints(s *pg.ConstraintsSetStmt) Kind {
	for _, n := range s.Constraints {
		v := n.GetRangeVar()
		if v == nil {
			w.unsupported(n)
			continue
		}
		w.locate(v.Location)
		name := text.Name{Catalog: v.Catalogname, Schema: v.Schemaname, Name: v.Relname, Parts: 1}
		if v.Schemaname != "" {
			name.Parts = 2
		}
		if v.Catalogname != "" {
			name.Parts = 3
		}
		w.st.Objects = append(w.st.Objects, Object{Name: name, Kind: ObjectConstraint, Offset: w.at})
	}
	return KindConstraints
}

func (w *walker) lock(s *pg.LockStmt) Kind {
	if s.Mode >= accessExclusive || s.Mode <= 0 {
		w.feature(FeatureExclusiveLock, "")
	}
	for _, n := range s.Relations {
		v := n.GetRangeVar()
		if v == nil {
			w.unsupported(n)
			continue
		}
		w.relation(v, AccessLock)
	}
	return KindLock
}

func (w *walker) callStmt(s *pg.CallStmt) Kind {
	if s.Funccall == nil {
		w.feature(FeatureUnsupported, "call")
		return KindCall
	}
	w.call(s.Funccall, true, Use{})
	return KindCall
}
