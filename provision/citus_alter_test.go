package provision

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Each statement that may make a table is followed by those that put it into the schema's shard group, and so is the
// last one. An error of theirs is told of the statement.
func TestCitusAlter(t *testing.T) {
	file := ddlFile{name: "up.sql", text: "ALTER TABLE a ADD b int;\ncreate unlogged\ntable b ();\nSELECT 1;"}
	file.starts = []int{0, strings.Index(file.text, "create"), strings.Index(file.text, "SELECT")}
	statements := statementsOf([]ddlFile{file})
	var sent []string
	refused := &pgconn.PgError{Code: codeInternalError, Message: "cannot distribute relation, because it has triggers"}
	err := citusSchemas{}.alter(statements, "tenant_acme", func(texts []string) error {
		sent = texts
		refused.Where = `SQL statement "` + texts[4] + `"` + "\nPL/pgSQL function apply_ddl"
		return refused
	})
	kinds := []string{"ALTER TABLE a", "citus_schema_undistribute", "create unlogged", "citus_schema_distribute",
		"create_distributed_table", "SELECT 1", "citus_schema_distribute", "create_distributed_table"}
	if !slices.EqualFunc(sent, kinds, strings.Contains) {
		t.Errorf("sent %q", sent)
	}
	var failure *DDLFailure
	if !errors.As(err, &failure) || failure.File != "up.sql" || failure.Line != 2 || !errors.Is(err, ErrCitus) ||
		!strings.Contains(err.Error(), "leave triggers out") {
		t.Errorf("%+v: %v", failure, err)
	}
	err = citusSchemas{}.alter(nil, "tenant_acme", func(texts []string) error {
		if texts == nil {
			t.Error("NULL is no list of statements")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	refused.Code = "23505" // not a matter of Citus
	err = citusSchemas{}.alter(statements, "tenant_acme", func([]string) error { return refused })
	if errors.Is(err, ErrCitus) {
		t.Error(err)
	}
}
