package provision_test

import (
	"database/sql"
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// What follows lets tests that were written for plain PostgreSQL run on a Citus cluster as well.

var noCitus = regexp.MustCompile(`(?m)^.*\b(TRIGGER (touched|ALL)|AGGREGATE)\b.*$`)

// forCitus leaves lines out of a DDL. Citus distributes no table with a trigger, and makes no aggregate in a schema
// whose name needs quotes (13.0.5: 42601).
func forCitus(ddl string) string {
	if !pgtest.Citus() {
		return ddl
	}
	return noCitus.ReplaceAllString(ddl, "")
}

// skipRefused skips a test whose DDL is none for Citus, which is what the error says then.
func (w world) skipRefused(err error) {
	w.t.Helper()
	var ddl *provision.DDLError
	if pgtest.Citus() && errors.As(err, &ddl) && strings.HasPrefix(ddl.Problems[0].Rule, "citus-") {
		w.t.Skipf("not on Citus: %v", err)
	}
}

// change makes a change to a tenant, and reports whether it is made. Citus does not know all of them for its tables.
func (w world) change(statements string) bool {
	w.t.Helper()
	err := w.run(statements)
	var pg *pgconn.PgError
	if pgtest.Citus() && errors.As(err, &pg) && pg.Code == "0A000" {
		w.t.Logf("not on Citus: %s: %v", statements, err)
		return false
	}
	if err != nil {
		w.t.Fatalf("%s: %v", statements, err)
	}
	return statements != ""
}

// run runs statements in one string. Citus wants some of them one at a time, as functions' code is not among them.
func (w world) run(statements string) error {
	_, err := w.admin.ExecContext(w.t.Context(), statements)
	if !pgtest.Citus() || err == nil || !strings.Contains(err.Error(), "cannot insert multiple commands") {
		return err
	}
	return inTransaction(w, func(tx *sql.Tx) error {
		for s := range strings.SplitSeq(statements, ";") {
			if _, err := tx.ExecContext(w.t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
}

func inTransaction(w world, f func(*sql.Tx) error) error {
	tx, err := w.admin.BeginTx(w.t.Context(), nil)
	if err != nil {
		return err
	}
	return errors.Join(f(tx), tx.Commit())
}
