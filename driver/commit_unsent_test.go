package driver_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// Of a COMMIT that has not left the program it is known that it did not happen.
func TestCommitNeverSent(t *testing.T) {
	w := newWorld(t)
	for _, way := range append([]commitWay{commitTx, commitText}, commitTexts...) {
		t.Run(way.name, func(t *testing.T) {
			if err := commitOnFaulty(t, w, way, 0); err == nil || errors.Is(err, driver.ErrOutcomeUnknown) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Of one of which a part has left it is not.
func TestCommitSentInPart(t *testing.T) {
	w := newWorld(t)
	for _, way := range []commitWay{commitTx, commitText} {
		for left := 1; left < len("Q....COMMIT."); left++ {
			wantUnknown(t, commitOnFaulty(t, w, way, left))
		}
	}
}

// commitOnFaulty commits on a connection that breaks then, and lets so many bytes out.
func commitOnFaulty(t *testing.T, w *world, way commitWay, left int) error {
	t.Helper()
	db, write := w.overSockets(t)
	c := checkout(t, db)
	run, after := way.begin(commitRun{t, as("acme"), c, insertText("new-" + rand.Text())})
	write.Store(breaksAfter(left))
	err := run()
	write.Store(nil)
	if after != nil {
		after()
	}
	_ = c.Close() // it is broken
	wantClean(t, db)
	return err
}

// Nor can a COMMIT have happened on a connection that an earlier statement of the transaction has cost.
func TestCommitOnALostConnection(t *testing.T) {
	db := newWorld(t).open(t, 1)
	for _, way := range []commitWay{commitTx, commitText} {
		c := checkout(t, db)
		run, _ := way.begin(commitRun{t, as("acme"), c, insertText("new-" + rand.Text())})
		ctx, cancel := context.WithTimeout(as("acme"), 5*time.Millisecond)
		if _, err := c.ExecContext(ctx, slow); err == nil {
			t.Error("no error")
		}
		cancel()
		if err := run(); err == nil || errors.Is(err, driver.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", way.name, err)
		}
		_ = c.Close() // the pool has closed it
	}
	wantClean(t, db)
}

// The context ends while the server works on a COMMIT: both are told, the context's end and that the outcome is
// unknown.
func TestCommitCancelled(t *testing.T) {
	pgtest.SkipOnCitus(t, "the commit waits in a trigger, and it distributes no table with one")
	w := newWorld(t)
	// What COMMIT waits for is a lock that somebody else holds.
	mustExec(t, w.admin, `CREATE FUNCTION tenant_acme.wait() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
		GRANT EXECUTE ON FUNCTION tenant_acme.wait() TO PUBLIC;
		CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON tenant_acme.docbasket
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tenant_acme.wait()`)
	holder := checkout(t, w.admin)
	defer holder.Close()
	if _, err := holder.ExecContext(context.Background(), "SELECT pg_advisory_lock(42)"); err != nil {
		t.Fatal(err)
	}
	cancelled := func(t *testing.T, db *sql.DB, way commitWay) {
		w.wantLockWaiters(t, 0) // the server has let go of the one before
		ctx, cancel := context.WithCancel(as("acme"))
		defer cancel()
		c := checkout(t, db)
		run, after := way.begin(commitRun{t, ctx, c, insertText("new-" + rand.Text())})
		go func() {
			w.wantLockWaiters(t, 1)
			cancel()
		}()
		err := run()
		wantUnknown(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v, too", err, context.Canceled)
		}
		if after != nil {
			after()
		}
		if _, err := c.ExecContext(as("acme"), "SELECT 1"); !errors.Is(err, sqldriver.ErrBadConn) {
			t.Errorf("got %v, want %v", err, sqldriver.ErrBadConn)
		}
		_ = c.Close() // the pool has closed it
		wantClean(t, db)
	}
	direct := w.open(t, 1)
	for _, way := range append([]commitWay{commitTx, commitText}, commitTexts...) {
		t.Run("direct/"+way.name, func(t *testing.T) { cancelled(t, direct, way) })
	}
	pooled := w.openConnector(t, 1, w.connectorTo(t, w.Pooler(t, "transaction", 2)))
	for _, way := range []commitWay{commitTx, commitText, commitBatch} {
		t.Run("pooled/"+way.name, func(t *testing.T) { cancelled(t, pooled, way) })
	}
}

func insertText(row string) string { return "INSERT INTO docbasket (name) VALUES ('" + row + "')" }

// wantLockWaiters waits until so many sessions of the database wait for an advisory lock.
func (w *world) wantLockWaiters(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		var n int
		err := w.admin.QueryRow(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n)
		if err != nil || time.Now().After(deadline) {
			t.Errorf("%d sessions wait for the lock, want %d: %v", n, want, err)
			return
		}
		if n == want {
			return
		}
	}
}
