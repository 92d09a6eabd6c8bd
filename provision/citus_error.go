package provision

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// CitusError says what a server lacks for [Citus], the most basic thing first, or what Citus refuses. It matches
// [ErrCitus]; a refusal, which is about the tenants' DDL, matches [ErrDDL], too.
type CitusError struct {
	// Missing is "package", "library" (not preloaded), "extension" (not in the database), "version" (too old), "worker"
	// (there is none, or one that cannot be reached), "owner" (the administrator does not own the extension, and the DDL
	// needs that), "name" (Citus makes no functions in a schema whose name needs quotes, and the DDL has some), or
	// "support" (Citus refuses the tenant's tables).
	Missing  string
	Database string // where the extension was looked for; empty for "support", "name" and a worker that is down
	Version  string // of the extension in the database; empty when it is not there
	Remedy   string // what to do, for people
	Object   string // what Citus cannot distribute: for "owner" the sequences, for "name" the tenant
	// Suspended: for "worker", the tenant is suspended on the coordinator and not on the workers; see Suspend.
	Suspended bool
	Err       error // the server's, for "support" and for a worker that is down; else nil
}

func (e *CitusError) Error() string {
	if e.Missing == "worker" && e.Err != nil { // it is not about distribution alone
		server := strings.Join(strings.Fields(e.Err.Error()), " ") // what libpq says has several lines
		return fmt.Sprintf("docex: a worker of Citus cannot be reached: %s; %s", server, e.Remedy)
	}
	var what string
	switch e.Missing {
	case "package":
		what = "the server has no Citus"
	case "library":
		what = "Citus is not loaded"
	case "extension":
		what = fmt.Sprintf("database %q has no extension citus", e.Database)
	case "version":
		what = fmt.Sprintf("Citus is version %s in database %q, docex needs %d", e.Version, e.Database, minCitus)
	case "worker":
		what = fmt.Sprintf("no node of the cluster of database %q may have tenants", e.Database)
	case "owner":
		what = fmt.Sprintf("Citus distributes sequence %s in a new schema only for the owner of the extension, who the "+
			"administrator is not", e.Object)
	case "name":
		what = fmt.Sprintf("Citus makes no functions, which the DDL has, for tenant %q: its schema's name needs quotes",
			e.Object)
	case "support":
		what = "Citus refuses the tenant's tables: " + e.Err.Error()
	}
	return fmt.Sprintf("%v: %s; %s", ErrCitus, what, e.Remedy)
}

// Is makes errors.Is hold for ErrCitus, and for ErrDDL where another DDL is one of the remedies.
func (e *CitusError) Is(target error) bool {
	ofDDL := e.Missing == "support" || e.Missing == "owner" || e.Missing == "name"
	return target == ErrCitus || target == ErrDDL && ofDDL
}

// Unwrap returns the server's error, or [ErrCitus] where there is none.
func (e *CitusError) Unwrap() error {
	if e.Err != nil {
		return e.Err
	}
	return ErrCitus
}

// citusRefusals are what Citus says of tables that it does not distribute, and what to do.
var citusRefusals = []struct{ says, remedy string }{
	{"because it has triggers", "leave triggers out of the DDL: Citus has none on distributed tables"},
	{"cannot inherit or be inherited", "give each table all of its columns, without INHERITS"},
	{"foreign keys from distributed schemas", "leave the foreign key out of the DDL, or have the administrator make the " +
		"table that it points to a reference table (create_reference_table)"},
	{"multi-level partitioned", "partition the table on one level"},
	{"cannot create policy", "write the policy without a subquery"},
	{"dependency on unsupported object", "do without the object: Citus cannot make it on the workers"},
	{"violates check constraint", "see that the rows satisfy the constraint: NOT VALID does not hold on a worker"},
}

// citusRefusal gives an error of citus_schema_distribute a meaning. Errors of other kinds, such as a cancelled
// statement, pass unchanged.
func citusRefusal(err error) error {
	if !hasCode(err, codeInternalError, codeFeatureNotSupported, codeCheckViolation, codeInvalidSchemaName,
		codeUndefinedTable, codeInsufficientPrivilege) {
		return err
	}
	e := &CitusError{Missing: "support", Err: err,
		Remedy: "leave out of the DDL what Citus names; its manual lists what schema-based sharding has not"}
	if hasCode(err, codeInvalidSchemaName, codeUndefinedTable) { // see checkSequences
		e.Remedy = ownSequences
	}
	for _, r := range citusRefusals {
		if strings.Contains(err.Error(), r.says) {
			e.Remedy = r.remedy
		}
	}
	return e
}

// withoutWorker gives the error of Citus about a worker that it cannot reach a meaning. What has to be done on all
// workers is not done on any then.
func withoutWorker(err error) error {
	if !isWithoutWorker(err) {
		return err
	}
	return &CitusError{Missing: "worker", Err: err, Remedy: "nothing has changed; start it, and do the same again"}
}

// misquoted gives an error of a worker about the syntax of what the coordinator has sent it a meaning: Citus puts names
// into GRANT and REVOKE on routines, and into CREATE AGGREGATE, without their quotes (13.0).
func misquoted(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != codeSyntaxError || errors.Is(err, ErrCitus) ||
		!strings.HasPrefix(pg.Where, "while executing command on ") {
		return err
	}
	return &CitusError{Missing: "support", Err: err, Remedy: `Citus loses the quotes of functions' names and of their ` +
		`schemas': where there are functions, give tenants ids without "-", and functions plain names`}
}

func isWithoutWorker(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || errors.Is(err, ErrCitus) {
		return false
	}
	return pg.Code == codeConnectionFailure && (strings.Contains(pg.Message, "remote node") || // refused
		strings.Contains(pg.Message, "could not establish any connections to the node") || // silent
		strings.Contains(pg.Message, "connection error")) || // refused, while a size is asked
		pg.Code == codeInternalError && strings.Contains(pg.Message, "Could not fetch disk stats for node") // of a move
}
