package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// give creates a function of a tenant's own, which returns who has it.
func (w *world) give(t testing.TB, tenant, function string) {
	t.Helper()
	name := fmt.Sprintf("tenant_%s.%s", tenant, function)
	mustExec(t, w.admin, fmt.Sprintf("CREATE FUNCTION %s RETURNS text LANGUAGE sql AS $$SELECT '%s'$$", name, tenant))
	mustExec(t, w.admin, fmt.Sprintf("GRANT EXECUTE ON FUNCTION %s TO PUBLIC", name))
}

// wantOwn fails the test unless the statement returns the tenant's name.
func wantOwn(t *testing.T, q queryer, tenant, query string, args ...any) {
	t.Helper()
	var got string
	if err := q.QueryRowContext(as(tenant), query, args...).Scan(&got); err != nil || got != tenant {
		t.Errorf("as %s: %s: %q, %v", tenant, query, got, err)
	}
}

func wantUnknownFunction(t *testing.T, q queryer, tenant, query string) {
	t.Helper()
	_, err := q.ExecContext(as(tenant), query)
	var d *guard.Denial
	if !errors.As(err, &d) || d.Rule != guard.RuleUnknownFunction {
		t.Errorf("as %s: %s: %v, want it refused as unknown", tenant, query, err)
	}
}

// A tenant calls the functions that its own schema has, and no others, under the zero policy.
func TestOwnFunctionsNeedNoList(t *testing.T) {
	w := newWorld(t)
	for _, tenant := range tenants[:2] {
		w.give(t, tenant, "who()")
		w.give(t, tenant, "who(int)")
		if !pgtest.Citus() { // which loses the quotes in GRANT
			w.give(t, tenant, `"Quoted name"()`)
		}
		name := "tenant_" + tenant
		mustExec(t, w.admin, "CREATE AGGREGATE "+name+".concatenated(text) (sfunc = textcat, stype = text)")
		mustExec(t, w.admin, "CREATE PROCEDURE "+name+".note(text) LANGUAGE sql AS "+
			"'UPDATE "+name+".docbasket SET name = $1 WHERE false'")
		mustExec(t, w.admin, "CREATE FUNCTION "+name+".two() RETURNS SETOF text LANGUAGE sql AS $$VALUES ('"+tenant+"')$$")
	}
	ways := map[string]*sql.DB{
		"direct":                   w.openConnector(t, 2, w.connector(t, driver.Config{})),
		"pinned to transactions":   w.openConnector(t, 2, w.connector(t, driver.Config{Pin: driver.PinTransaction})),
		"behind PgBouncer":         w.openConnector(t, 2, w.connectorTo(t, w.Pooler(t, "transaction", 2))),
		"simple_protocol":          w.open(t, 2, "default_query_exec_mode", "simple_protocol"),
		"exec, direct":             w.open(t, 2, "default_query_exec_mode", "exec"),
		"no pool":                  w.openConnector(t, 1, w.connector(t, driver.Config{Affinity: driver.AffinityOff})),
		"several from one program": w.open(t, 2),
	}
	for name, db := range ways {
		t.Run(name, func(t *testing.T) {
			for _, tenant := range []string{"acme", "globex", "acme"} {
				wantOwn(t, db, tenant, "SELECT who()")
				wantOwn(t, db, tenant, "SELECT who($1)", 1)
				if !pgtest.Citus() {
					wantOwn(t, db, tenant, `SELECT "Quoted name"()`)
				}
				wantOwn(t, db, tenant, "SELECT concatenated(name) FROM docbasket")
				wantOwn(t, db, tenant, "SELECT * FROM two()")
				if _, err := db.ExecContext(as(tenant), "CALL note($1)", "x"); err != nil {
					t.Error(err)
				}
				tx, err := db.BeginTx(as(tenant), nil)
				if err != nil {
					t.Fatal(err)
				}
				wantOwn(t, tx, tenant, "SELECT who() FROM two()")
				if err := tx.Rollback(); err != nil {
					t.Error(err)
				}
			}
			wantUnknownFunction(t, db, "initech", "SELECT who()") // it has none
			wantUnknownFunction(t, db, "acme", "SELECT nobodys()")
			wantClean(t, db)
		})
	}
}

// A batch, a prepared statement and the first statement of a transaction ask as well.
func TestOwnFunctionsAreAskedForWhereverTheyFirstOccur(t *testing.T) {
	w := newWorld(t)
	w.give(t, "acme", "who()")
	fresh := func() *sql.DB { return w.openConnector(t, 1, w.connector(t, driver.Config{})) }
	t.Run("prepared", func(t *testing.T) {
		stmt, err := fresh().PrepareContext(as("acme"), "SELECT who()")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		var got string
		if err := stmt.QueryRowContext(as("acme")).Scan(&got); err != nil || got != "acme" {
			t.Errorf("%q, %v", got, err)
		}
		if err := stmt.QueryRowContext(as("globex")).Scan(&got); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("as globex: %v, want it refused", err)
		}
	})
	t.Run("in a serializable transaction", func(t *testing.T) {
		tx, err := fresh().BeginTx(as("acme"), &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		wantOwn(t, tx, "acme", "SELECT who()")
	})
	t.Run("in a failed transaction", func(t *testing.T) {
		db := fresh()
		tx, err := db.BeginTx(as("acme"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(as("acme"), "SELECT 1/0"); err == nil {
			t.Fatal("1/0 succeeded")
		}
		wantUnknownFunction(t, tx, "acme", "SELECT who()")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantOwn(t, db, "acme", "SELECT who()")
	})
	t.Run("with a context that is over", func(t *testing.T) {
		ctx, cancel := context.WithCancel(as("acme"))
		db := fresh()
		conn, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		cancel()
		if _, err := conn.ExecContext(ctx, "SELECT who()"); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the context's error", err)
		}
	})
}

// What is the tenant's own by its name may mean another schema's function, or an extension's: that needs the policy's
// word.
func TestOwnFunctionsAreTheTenantsAlone(t *testing.T) {
	w := newWorld(t)
	for _, schema := range []string{"ext", "ref"} {
		mustExec(t, w.admin, "CREATE SCHEMA "+schema)
		mustExec(t, w.admin, "CREATE FUNCTION "+schema+".in_"+schema+"(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
		w.give(t, "acme", "in_"+schema+"()")
	}
	mustExec(t, w.admin, "CREATE EXTENSION pg_trgm SCHEMA tenant_acme")
	w.give(t, "acme", "pg_ls_dir()") // hides nothing: pg_catalog comes first
	cfg := driver.Config{Policy: guard.Policy{SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"ext"}}}
	db := w.openConnector(t, 2, w.connector(t, cfg))
	wantUnknownFunction(t, db, "acme", "SELECT in_ext()")
	wantUnknownFunction(t, db, "acme", "SELECT in_ref()")
	wantUnknownFunction(t, db, "acme", "SELECT similarity('a', 'b')")
	var d *guard.Denial
	if _, err := db.ExecContext(as("acme"), "SELECT pg_ls_dir()"); !errors.As(err, &d) || d.Rule != guard.RuleFunction {
		t.Errorf("pg_ls_dir: %v, want it refused as the server's", err)
	}
	wantOwn(t, w.openConnector(t, 2, w.connector(t, driver.Config{})), "acme", "SELECT in_ext()") // off the path
}

// The server is asked once about a tenant, and about unknown names at most once a second.
func TestOwnFunctionsRoundTrips(t *testing.T) {
	w := newWorld(t)
	w.give(t, "acme", "who()")
	proxy := pgproxy.Start(t, w.AppDSN, 0)
	cfg := driver.Config{Pin: driver.PinSession} // the proxy is not proved direct
	c, err := driver.NewConnector(proxy.DSN, cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := w.openConnector(t, 1, c)
	wantSeen(t, db, "acme")
	trips := func(query string) int {
		t.Helper()
		exchange, _ := proxy.Record(func() error {
			_, err := db.ExecContext(as("acme"), query)
			return err
		})
		return exchange.RoundTrips
	}
	trips("SELECT 1") // from then on a statement without a table takes one
	if n := trips("SELECT who()"); n != 2 {
		t.Errorf("the first takes %d round trips, want 2", n)
	}
	if n := trips("SELECT who()"); n != 1 {
		t.Errorf("the second takes %d round trips, want 1", n)
	}
	if n := trips("SELECT who() FROM docbasket"); n != 1 {
		t.Errorf("in another statement it takes %d round trips, want 1", n)
	}
	begin, took := time.Now(), 0
	for i := range 20 {
		took += trips(fmt.Sprintf("SELECT unknown_%d()", i))
	}
	if most := 1 + int(time.Since(begin)/time.Second); took > most {
		t.Errorf("20 unknown names took %d round trips, want %d at most", took, most)
	}
}

// The question is asked before the session is pinned anew. A path that a function of the last tenant's has moved, and
// an operator of that tenant's on it, neither see it nor answer it.
func TestOwnFunctionsBehindAMovedPath(t *testing.T) {
	w := newOwnWorld(t)
	w.give(t, "globex", "who()")
	mustExec(t, w.admin, `
		CREATE SCHEMA ext;
		GRANT USAGE ON SCHEMA ext TO PUBLIC;
		CREATE FUNCTION ext.harm() RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE TABLE tenant_acme.seen (query text);
		GRANT INSERT ON tenant_acme.seen TO PUBLIC;
		CREATE FUNCTION tenant_acme.answer(name, name) RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO tenant_acme.seen VALUES (pg_catalog.current_query());
			RETURN $2 OPERATOR(pg_catalog.=) 'tenant_globex';
		END $$;
		CREATE OPERATOR tenant_acme.= (LEFTARG = name, RIGHTARG = name, FUNCTION = tenant_acme.answer);
		CREATE FUNCTION tenant_acme.wander() RETURNS text LANGUAGE sql AS
			$$ SELECT set_config('search_path', 'tenant_acme, pg_catalog', false) $$;
		GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tenant_acme TO PUBLIC`)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, append(mode, "docex_extension_schemas", "ext")...)
		execAll(t, db, as("acme"), "SELECT tenant_acme.wander()")
		wantUnknownFunction(t, db, "globex", "SELECT harm()")
		wantOwn(t, db, "globex", "SELECT who()")
		var seen int
		if err := w.admin.QueryRow("SELECT count(*) FROM tenant_acme.seen").Scan(&seen); err != nil || seen > 0 {
			t.Errorf("acme's operator has run %d times for globex: %v", seen, err)
		}
	})
}

// A transaction whose snapshot is older than a new overload of another schema's does not bring the name back.
func TestOwnFunctionsAndOldSnapshots(t *testing.T) {
	w := newOwnWorld(t)
	w.give(t, "acme", "who(text)")
	mustExec(t, w.admin, "CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC")
	db := w.open(t, 2, "docex_extension_schemas", "ext")
	old, err := db.BeginTx(as("acme"), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Rollback()
	execAll(t, old, as("acme"), "SELECT name FROM docbasket")
	mustExec(t, w.admin, "CREATE FUNCTION ext.who(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")
	wantUnknownFunction(t, db, "acme", "SELECT who(1)")
	const asked = `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = $1 AND state = 'idle in transaction'
 AND query LIKE '%pg_catalog.pg_depend%')`
	for again := false; !again; { // until the server is asked again, from the old snapshot
		wantUnknownFunction(t, old, "acme", "SELECT no_such_function()")
		if err := w.admin.QueryRow(asked, w.AppRole).Scan(&again); err != nil {
			t.Fatal(err)
		}
	}
	wantUnknownFunction(t, db, "acme", "SELECT who(1)")
}
