package sqlparse

import (
	"strings"
	"unicode"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// walker collects the facts of one statement. It belongs to one goroutine.
type walker struct {
	st    *Statement
	scope *scope // common table expressions visible at the current place
	at    int    // offset of the last node that had one

	command string // of ParseDDL: what people call a statement that it refuses, where its type does not say it
}

func walkStatement(st *Statement, sql string, raw *pg.RawStmt) {
	w := &walker{st: st}
	// A statement without a better position is reported at its first word, or at the comment in front of it.
	st.Offset = text.SkipBlanks(sql, int(raw.StmtLocation))
	w.at = st.Offset
	st.Kind = w.statement(raw.Stmt)
}

// locate remembers the position of a node; the parser gives -1 where it has none.
func (w *walker) locate(location int32) {
	if location >= 0 {
		w.at = int(location)
	}
}

func (w *walker) feature(kind FeatureKind, detail string) {
	w.st.Features = append(w.st.Features, Feature{Kind: kind, Text: detail, Offset: w.at})
}

// unsupported reports a node that the walk does not know: the text means something to the server that this package
// cannot tell.
func (w *walker) unsupported(n *pg.Node) { w.feature(FeatureUnsupported, command(n)) }

// command returns the words of a node's type: "create table as" for CreateTableAsStmt.
func command(n *pg.Node) string {
	if n.GetNode() == nil {
		return "empty node"
	}
	if drop := n.GetDropStmt(); drop != nil {
		return "drop " + objectWords(drop.RemoveType)
	}
	m := n.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	name := strings.TrimSuffix(string(field.Message().Name()), "Stmt")
	if c := shortNames[name]; c != "" {
		return c
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// objectWords returns the words of a type of objects: "event trigger" for OBJECT_EVENT_TRIGGER.
func objectWords(t pg.ObjectType) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(t.String(), "OBJECT_")), "_", " ")
}

// shortNames are the types whose name leaves out what people call the statement.
var shortNames = map[string]string{
	"Create": "create table", "Index": "create index", "View": "create view",
	"Define": "create aggregate, operator or type",
	"Rule":   "create rule", "Rename": "alter … rename", "SecLabel": "security label", "Createdb": "create database",
	"Dropdb": "drop database", "CheckPoint": "checkpoint", "RefreshMatView": "refresh materialized view",
	"CreateEnum": "create type", "CreateRange": "create type", "CompositeType": "create type",
	"AlterEnum": "alter type",
	"AlterSeq":  "alter sequence", "CreateSeq": "create sequence", "CreateTrig": "create trigger",
	"CreateStats":     "create statistics",
	"CreateEventTrig": "create event trigger", "AlterEventTrig": "alter event trigger",
	"CreatePLang": "create language",
	"CreateAm":    "create access method", "CreateFdw": "create foreign data wrapper", "AlterOwner": "alter … owner",
	"AlterObjectSchema": "alter … set schema", "AlterRoleSet": "alter role", "AlterDatabaseSet": "alter database",
	"ParamRef": "parameter",
}

// statement walks a top-level statement. One that it does not list is KindOther, and nothing inside it is looked at.
func (w *walker) statement(n *pg.Node) Kind {
	switch x := n.GetNode().(type) {
	case *pg.Node_SelectStmt, *pg.Node_InsertStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt, *pg.Node_MergeStmt:
		return w.query(n)
	case *pg.Node_ExplainStmt:
		return w.explain(x.ExplainStmt)
	case *pg.Node_DeclareCursorStmt:
		return w.declare(x.DeclareCursorStmt)
	case *pg.Node_FetchStmt:
		return KindFetch
	case *pg.Node_ClosePortalStmt:
		if x.ClosePortalStmt.Portalname == "" {
			w.feature(FeatureCloseAll, "")
		}
		return KindClose
	case *pg.Node_TransactionStmt:
		return w.transaction(x.TransactionStmt)
	case *pg.Node_VariableSetStmt:
		return w.set(x.VariableSetStmt)
	case *pg.Node_VariableShowStmt:
		w.setting(x.VariableShowStmt.Name, false)
		return KindShow
	case *pg.Node_ConstraintsSetStmt:
		return w.constraints(x.ConstraintsSetStmt)
	case *pg.Node_LockStmt:
		return w.lock(x.LockStmt)
	case *pg.Node_CallStmt:
		return w.callStmt(x.CallStmt)
	}
	if w.st.Command = w.command; w.st.Command == "" {
		w.st.Command = command(n)
	}
	if v := n.GetVacuumStmt(); v != nil && !v.IsVacuumcmd {
		w.st.Command = "analyze"
	}
	return refusedKind(n)
}

// refusedKind names the kinds that get a reason of their own; there is no harm in missing one.
func refusedKind(n *pg.Node) Kind {
	switch n.GetNode().(type) {
	case *pg.Node_CopyStmt:
		return KindCopy
	case *pg.Node_PrepareStmt, *pg.Node_ExecuteStmt, *pg.Node_DeallocateStmt:
		return KindPrepare
	case *pg.Node_NotifyStmt, *pg.Node_ListenStmt, *pg.Node_UnlistenStmt:
		return KindNotify
	case *pg.Node_DoStmt:
		return KindDo
	}
	return KindOther
}
