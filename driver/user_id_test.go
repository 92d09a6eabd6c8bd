package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
)

// auditDDL has a trigger write down whom it believes to work for.
const auditDDL = `
	CREATE TABLE %[1]q.audit (who text);
	CREATE FUNCTION %[1]q.note() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO audit VALUES (current_setting('docex.tenant_id') || '/' || current_setting('docex.user_id'));
			RETURN NEW;
		END $$;
	CREATE TRIGGER note AFTER INSERT ON %[1]q.docbasket FOR EACH ROW EXECUTE FUNCTION %[1]q.note();
	GRANT SELECT, INSERT, DELETE ON %[1]q.audit TO PUBLIC; GRANT EXECUTE ON FUNCTION %[1]q.note() TO PUBLIC;`

// Triggers see the tenant and the user of the statement that fired them, whoever used the session before.
func TestTriggersSeeTheUser(t *testing.T) {
	pgtest.SkipOnCitus(t, "it has no triggers on tenants' tables")
	w := newWorld(t)
	for _, tenant := range tenants[:2] {
		mustExec(t, w.admin, fmt.Sprintf(auditDDL, "tenant_"+tenant))
	}
	pooled := w.Pooler(t, "transaction", 1)
	handles := map[string]*sql.DB{"behind a pooler": w.openConnector(t, 1, w.connectorTo(t, pooled))}
	for _, mode := range modes {
		handles[mode] = w.open(t, 1, "default_query_exec_mode", mode)
	}
	for name, db := range handles {
		t.Run(name, func(t *testing.T) {
			for i, step := range []struct{ tenant, user string }{
				{"acme", "ann"}, {"acme", "ann"}, {"acme", "bob"}, {"globex", "bob"}, {"acme", "o'hara \\ \" $1"}, {"acme", "ann"},
			} {
				ctx := scope.With(context.Background(), scope.UserContext{UserID: step.user, TenantID: step.tenant})
				row := fmt.Sprintf("new-%s-%d", name, i)
				wantNoted(t, ctx, db, step.tenant+"/"+step.user, func() error {
					_, err := db.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ($1)", row)
					return err
				})
			}
			usersOfATransaction(t, db, name)
			wantClean(t, db)
		})
	}
}

// usersOfATransaction has two users take turns in one transaction; a rollback to a savepoint brings nobody back. SET
// TRANSACTION outside of one tells of its user, or of nobody.
func usersOfATransaction(t *testing.T, db *sql.DB, name string) {
	t.Helper()
	ann := scope.With(context.Background(), scope.UserContext{UserID: "ann", TenantID: "acme"})
	bob := scope.With(context.Background(), scope.UserContext{UserID: "bob", TenantID: "acme"})
	insert := func(ctx context.Context, q queryer, row string) func() error {
		return func() error {
			_, err := q.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ($1)", "new-"+name+row)
			return err
		}
	}
	tx := begin(t, db, ann)
	wantNoted(t, ann, tx, "acme/ann", insert(ann, tx, "a"))
	execAll(t, tx, ann, "SAVEPOINT s")
	wantNoted(t, bob, tx, "acme/bob", insert(bob, tx, "b"))
	execAll(t, tx, ann, "ROLLBACK TO SAVEPOINT s")
	wantNoted(t, bob, tx, "acme/bob", insert(bob, tx, "c"))
	wantNoted(t, ann, tx, "acme/ann", insert(ann, tx, "d"))
	finish(t, tx.Rollback())
	wantNoted(t, ann, db, "acme/ann", insert(ann, db, "e"))
	execAll(t, db, bob, "SET TRANSACTION READ WRITE")
	wantNoted(t, bob, db, "acme/bob", insert(bob, db, "f"))
}

// wantNoted runs what fires the trigger, and compares what it wrote down.
func wantNoted(t *testing.T, ctx context.Context, q queryer, want string, fire func() error) {
	t.Helper()
	if err := fire(); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := q.QueryRowContext(ctx, "SELECT min(who) FROM audit WHERE who IS NOT NULL").Scan(&got); err != nil || got != want {
		t.Errorf("the trigger saw %q, %v, want %q", got, err, want)
	}
	if _, err := q.ExecContext(ctx, "DELETE FROM audit"); err != nil {
		t.Fatal(err)
	}
}

// A procedure that commits sees the user who calls it, before and after, where another user of the tenant was before.
func TestProcedureSeesTheUser(t *testing.T) {
	w := newWorld(t)
	const note = "INSERT INTO audit VALUES (current_setting('docex.tenant_id') || '/' || current_setting('docex.user_id'))"
	for _, ddl := range []string{ // Citus takes one at a time
		"CREATE TABLE tenant_acme.audit (who text)",
		"GRANT SELECT, INSERT ON tenant_acme.audit TO PUBLIC",
		"CREATE PROCEDURE tenant_acme.two_steps() LANGUAGE plpgsql AS $$ BEGIN " + note + "; COMMIT; " + note + "; END $$",
		"GRANT EXECUTE ON PROCEDURE tenant_acme.two_steps() TO PUBLIC",
	} {
		mustExec(t, w.admin, ddl)
	}
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, user := range []string{"ann", "bob"} {
			ctx := scope.With(context.Background(), scope.UserContext{UserID: user, TenantID: "acme"})
			wantSeen(t, db, "acme")
			execAll(t, db, ctx, "CALL tenant_acme.two_steps()")
			var n int
			err := db.QueryRowContext(ctx, "SELECT count(*) FROM audit WHERE who = $1", "acme/"+user).Scan(&n)
			if err != nil || n != 2 {
				t.Errorf("%s: %d rows, %v, want 2", user, n, err)
			}
		}
		mustExec(t, w.admin, "DELETE FROM tenant_acme.audit")
	})
}
