package driver_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5/pgconn"
)

// Where tenants are distributed, an error of COMMIT does not tell that nothing was committed, unless it is that of a
// constraint. Without Citus the server's error tells.
func TestCommitOfDistributedTenants(t *testing.T) {
	pgtest.SkipOnCitus(t, "a plain server stands for it")
	t.Parallel()
	w := newOwnValuesWorld(t, `
CREATE TABLE late (code text);
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN RAISE EXCEPTION USING ERRCODE = NEW.code, MESSAGE = NEW.code; END';
CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION fail();`)
	tenant, err := w.prov.Get(t.Context(), "acme")
	finish(t, err)
	wantOutcomes := func(spread bool) {
		db := w.open(t, 1)
		for code, unknown := range map[string]bool{"XX000": true, "57014": true, "08006": true, "23505": false} {
			for _, way := range []commitWay{commitTx, commitText} {
				conn := checkout(t, db)
				insert := fmt.Sprintf("INSERT INTO late VALUES ('%s')", code)
				commit, _ := way.begin(commitRun{T: t, ctx: as("acme"), conn: conn, insert: insert})
				wantCommitError(t, code+" "+way.name, commit(), code, spread && unknown)
				finish(t, conn.Close())
			}
		}
	}
	wantOutcomes(false)
	mustExec(t, w.admin, fmt.Sprintf("ALTER DATABASE %q SET citus.shard_count = 32; ALTER ROLE %q LOGIN", w.Name, tenant.Role))
	wantOutcomes(true)
}

// So it is there: the coordinator says of what a worker refuses in the end that it could not commit.
func TestCitusCommit(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("no Citus")
	}
	t.Parallel()
	w := newOwnValuesWorld(t, "CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);")
	db := w.open(t, 1)
	for _, way := range []commitWay{commitTx, commitText} {
		conn := checkout(t, db)
		commit, _ := way.begin(commitRun{T: t, ctx: as("acme"), conn: conn, insert: "INSERT INTO late VALUES (1), (1)"})
		wantCommitError(t, way.name, commit(), "XX000", true)
		finish(t, conn.Close())
	}
}

func wantCommitError(t *testing.T, what string, err error, code string, unknown bool) {
	t.Helper()
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pgErr.Code != code || errors.Is(err, driver.ErrOutcomeUnknown) != unknown {
		t.Errorf("%s: %v, want %s, and that the outcome is unknown: %t", what, err, code, unknown)
	}
}
