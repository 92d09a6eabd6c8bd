package provision

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// makesTable finds statements that may make a table. What it misses is met at the end.
var makesTable = regexp.MustCompile(`(?is)\bcreate\b.*\btable\b|\binto\b`)

// inGroup are the statements that put the tables which are not distributed yet into the shard group of their schema,
// which one that is there stands for. Without any there is no group: it begins with the first table.
const (
	leaveEmptySQL = `SELECT citus_schema_undistribute(s.schemaid) FROM pg_dist_schema AS s
 WHERE s.schemaid = '{{schema}}'::regnamespace
   AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE colocationid = s.colocationid)`
	beginGroupSQL = `SELECT citus_schema_distribute(n.oid) FROM pg_namespace AS n
 WHERE n.oid = '{{schema}}'::regnamespace AND NOT EXISTS (SELECT FROM pg_dist_schema WHERE schemaid = n.oid)`
	joinGroupSQL = `SELECT create_distributed_table(c.oid, NULL, colocate_with => (
    SELECT min(p.logicalrelid::oid)::regclass::text FROM pg_dist_partition AS p WHERE p.colocationid = s.colocationid))
  FROM pg_dist_schema AS s JOIN pg_depend AS d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = s.schemaid
  JOIN pg_class AS c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p')
 WHERE s.schemaid = '{{schema}}'::regnamespace AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = c.oid)`
)

// alter has each new table distributed before the next statement. apply_ddl runs statements inside a function, where
// Citus makes a new table a local one, which distributed ones cannot refer to.
func (citusSchemas) alter(
	statements []ddlStatement, schema string, apply func(statements []string) error,
) error {
	texts := []string{} // not nil, which is NULL: there may be a second part only
	for i, st := range statements {
		makes := makesTable.MatchString(st.text)
		if makes {
			texts = append(texts, expand(leaveEmptySQL, "schema", schema))
		}
		if texts = append(texts, st.text); makes || i == len(statements)-1 {
			texts = append(texts, joinGroup(schema, i)...)
		}
	}
	return refusedChange(explainJoined(statements, schema, apply(texts)))
}

// joinGroup are the statements that follow the one with number i, by which an error of theirs is told.
func joinGroup(schema string, i int) []string {
	of := fmt.Sprintf(" -- %d", i)
	return []string{expand(beginGroupSQL, "schema", schema) + of, expand(joinGroupSQL, "schema", schema) + of}
}

// explainJoined is explain, to which an error of joinGroup is one of the statement that made the table.
func explainJoined(statements []ddlStatement, schema string, err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		for i, st := range statements {
			for _, text := range joinGroup(schema, i) {
				if strings.Contains(pg.Where, text+`"`) {
					return failedAt(st, 1, err)
				}
			}
		}
	}
	return explain(statements, err)
}

const alone = "add the constraint in an ALTER TABLE of its own"

// refusedChanges are what Citus says of changes that it does not carry out, and what to do.
var refusedChanges = []struct{ says, remedy string }{
	{"serial pseudotypes", "add a plain bigint column; a new table may have an identity column"},
	{"identity column", "add a plain bigint column; a new table may have an identity column"},
	{"ADD COLUMN command with PRIMARY KEY, UNIQUE", alone},
	{"ADD CONSTRAINT command with other subcommands", alone},
	{"alter table command is currently unsupported", "Citus adds, drops and changes columns, and adds a constraint " +
		"in an ALTER TABLE of its own; what it does not change, a new table can have from the start"},
}

// refusedChange gives an error of Citus about a statement a meaning.
func refusedChange(err error) error {
	var failed *DDLFailure
	if !errors.As(err, &failed) || !hasCode(err, codeFeatureNotSupported, codeInternalError) {
		return err
	}
	e := &CitusError{Missing: "support", Err: failed.Err, Remedy: "write the script without what Citus names"}
	for _, r := range slices.Concat(citusRefusals, refusedChanges) {
		if strings.Contains(failed.Err.Error(), r.says) {
			e.Remedy = r.remedy
		}
	}
	failed.Err = e
	return failed
}
