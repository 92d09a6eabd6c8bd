package sqlparse

import "github.com/docex/docex/internal/sqlparse/text"

// Facts is what [Parse] found out about a text. It is never changed after Parse returns it and may be shared between
// goroutines.
type Facts struct {
	// Statements holds one entry per statement, in the order of the text; none for a text that holds only blanks,
	// comments and semicolons.
	Statements []Statement
}

// Statement holds the facts about one statement: everything in it that names an object or changes state. Offsets are in
// bytes, from the start of the text.
type Statement struct {
	Kind    Kind
	Command string // what a statement of no listed kind is, in lower case for people: "create", "alter table"
	Offset  int

	Relations []Relation
	Functions []Function
	Types     []Type
	Objects   []Object
	Columns   []Column
	Fields    []Field
	Settings  []Setting
	Features  []Feature

	// Inner is what EXPLAIN and DECLARE CURSOR are about; KindOther for every other statement.
	Inner Kind
	// NamesXID is set when the statement names a transaction id column (xmin, xmax).
	NamesXID bool
}

// Names reports whether any name in the statement is qualified with the schema.
func (st *Statement) Names(schema string) bool {
	is := func(n *text.Name) bool { return n.Parts > 1 && n.Schema == schema }
	found := false
	for i := range st.Relations {
		found = found || is(&st.Relations[i].Name)
	}
	for i := range st.Functions {
		found = found || is(&st.Functions[i].Name)
	}
	for i := range st.Types {
		found = found || is(&st.Types[i].Name)
	}
	for i := range st.Objects {
		found = found || is(&st.Objects[i].Name)
	}
	for i := range st.Columns {
		found = found || is(&st.Columns[i].Name)
	}
	return found
}

// Kind is the kind of a statement.
type Kind uint8

const (
	KindOther       Kind = iota // anything that has no constant of its own: DDL, administration
	KindSelect                  // SELECT, VALUES, TABLE
	KindInsert                  // INSERT
	KindUpdate                  // UPDATE
	KindDelete                  // DELETE
	KindMerge                   // MERGE
	KindExplain                 // EXPLAIN of Inner
	KindDeclare                 // DECLARE … CURSOR for Inner
	KindFetch                   // FETCH, MOVE
	KindClose                   // CLOSE of one cursor
	KindBegin                   // BEGIN, START TRANSACTION
	KindCommit                  // COMMIT, END
	KindRollback                // ROLLBACK, ABORT
	KindSavepoint               // SAVEPOINT, RELEASE, ROLLBACK TO
	KindTwoPhase                // PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED
	KindSetTx                   // SET TRANSACTION with isolation level, access mode, deferrable
	KindConstraints             // SET CONSTRAINTS
	KindSet                     // SET, SET LOCAL, RESET of settings
	KindShow                    // SHOW
	KindLock                    // LOCK TABLE
	KindCall                    // CALL
	KindCopy                    // COPY
	KindPrepare                 // PREPARE, EXECUTE, DEALLOCATE
	KindNotify                  // LISTEN, NOTIFY, UNLISTEN
	KindDo                      // DO
	KindDefinition              // of ParseDDL only: CREATE, ALTER, DROP, COMMENT of what a schema holds
)

// Access is what a statement does with a relation.
type Access uint8

const (
	AccessWrite Access = iota // target of INSERT, UPDATE, DELETE, MERGE
	AccessLock                // LOCK TABLE, or read under a row locking clause
	AccessRead                // read
)

// Relation is a table, view or sequence in a place where PostgreSQL looks one up. A name that a common table expression
// hides is not reported.
type Relation struct {
	text.Name
	Access Access
	Offset int
}

// Function is a function, aggregate, window function, procedure or sampling method.
type Function struct {
	text.Name
	Offset   int
	Args     int
	First    Arg  // the first argument
	Second   Arg  // the second argument
	Labelled bool // some argument is written name => value, or VARIADIC
	Sampling bool // in TABLESAMPLE
	Called   bool // by CALL
	Syntax   bool // to the parser it is syntax, and to PostgreSQL 15 a call
	Use
}

// Use says what becomes of a value at once.
type Use struct {
	// Of is 1 + the index in Functions of the call whose first argument it is; 0 for every other value.
	Of int
	// Plain is set when it is cast to text, varchar or oid, tested for NULL, or compared with a column for equality: its
	// own type gives no other value a type.
	Plain bool
}

// ArgKind says what an argument is, as far as the text alone tells.
type ArgKind uint8

const (
	ArgOther   ArgKind = iota // an expression that has a type of its own
	ArgNone                   // there is no argument
	ArgString                 // a string constant; with Type set, cast to that type
	ArgUntyped                // something whose type the context decides: a parameter, NULL, a constant under COLLATE
	ArgNumber                 // a number
	ArgCast                   // an expression cast to Type
	ArgCall                   // a call of the function Text, without a schema's name or with that of pg_catalog
)

// Arg describes an expression.
type Arg struct {
	Kind ArgKind
	Text string    // of ArgString and ArgCall; of ArgCast the constant that the text of its expression begins with, or ""
	Type text.Name // of ArgCast, and of ArgString where cast; zero otherwise
}

// Type is a type name in any position: casts, typed constants, column definition lists, JSON and XML clauses.
type Type struct {
	text.Name
	Offset int
	Use        // of the value that is cast to the type
	Value  Arg // that is cast to it; zero for a type name that is no cast's
}

// ObjectKind is the kind of an [Object].
type ObjectKind uint8

const (
	ObjectOperator ObjectKind = iota
	ObjectCollation
	ObjectOperatorClass
	ObjectConstraint // of SET CONSTRAINTS
	ObjectMade       // of ParseDDL only: what a definition makes, changes or drops
	ObjectOther      // of ParseDDL only: what it is made of
)

// Object is a named object that is neither a relation nor a function nor a type.
type Object struct {
	text.Name
	Kind   ObjectKind
	Offset int
}

// Column is a column reference of three or more parts: its Name is the relation that it qualifies the column with.
type Column struct {
	text.Name
	Offset int
}

// Field is a name behind a dot that PostgreSQL may take for a call: x.name and (x).name call the function "name", or
// cast to the type "name", when x has no such column.
type Field struct {
	Name   string
	Offset int
	Of     Arg // what the field is taken from; ArgOther for a column reference
}

// Setting is a setting (GUC) that SET, RESET or SHOW names, in lower case.
type Setting struct {
	Name   string
	Offset int
	Local  bool   // SET LOCAL
	Value  string // the constant that it is set to, where that is a single one
	Valued bool   // Value is known
}

// FeatureKind is the kind of a [Feature].
type FeatureKind uint8

const (
	FeatureUnsupported   FeatureKind = iota // syntax that this package does not know; Text says which
	FeatureInto                             // SELECT INTO
	FeatureHold                             // DECLARE … WITH HOLD
	FeatureChain                            // AND CHAIN
	FeatureCloseAll                         // CLOSE ALL
	FeatureExclusiveLock                    // LOCK in ACCESS EXCLUSIVE MODE (which is the default)
	FeatureExplainOption                    // EXPLAIN (Text)
	FeatureSnapshot                         // SET TRANSACTION SNAPSHOT
	FeatureSessionTx                        // SET SESSION CHARACTERISTICS
	FeatureResetAll                         // RESET ALL

	// Of ParseDDL only.

	FeatureTemporary    // TEMPORARY
	FeatureTablespace   // TABLESPACE
	FeatureConcurrently // CONCURRENTLY, which cannot run in a transaction
	FeatureRole         // an owner, or a role of a policy, called Text
	FeatureDefiner      // SECURITY DEFINER
	FeatureLanguage     // a function in the language Text, neither sql nor plpgsql
)

// Feature is a property of a statement that a policy may refuse whatever objects it names.
type Feature struct {
	Kind   FeatureKind
	Text   string
	Offset int
}
