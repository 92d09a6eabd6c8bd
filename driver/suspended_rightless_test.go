package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// rightless are statements that the server would answer a role that has lost all rights of its tenant's, or nearly all.
var rightless = []string{
	"SELECT 1",
	"SELECT now()",
	"VALUES (1), (2)",
	"EXPLAIN SELECT 1",
	"SHOW transaction_isolation",
	"SELECT name FROM ref.country",
	"SELECT count(*) FROM ref.country AS a, ref.country AS b",
	"SELECT nspname FROM pg_catalog.pg_namespace",
	"SELECT own()",
	"SELECT tenant_acme.own()",
	"WITH c AS (SELECT 1) SELECT * FROM c",
}

var rightlessConfig = driver.Config{Policy: guard.Policy{
	SharedSchemas: []string{"ref"}, Catalog: guard.CatalogAll, MultiStatement: true,
}}

// newRightlessWorld has the schema ref, which every tenant may read, and a function in each tenant's schema.
func newRightlessWorld(t *testing.T) *revoker {
	t.Helper()
	r := newRevoker(t)
	mustExec(t, r.admin, `CREATE SCHEMA ref; CREATE TABLE ref.country (name text);
		INSERT INTO ref.country VALUES ('somewhere');
		GRANT USAGE ON SCHEMA ref TO PUBLIC; GRANT SELECT ON ref.country TO PUBLIC`)
	for _, schema := range []string{"tenant_acme", "tenant_globex"} {
		mustExec(t, r.admin, "CREATE FUNCTION "+schema+".own() RETURNS int LANGUAGE sql AS 'SELECT 1';"+
			"GRANT EXECUTE ON FUNCTION "+schema+".own() TO PUBLIC")
	}
	return r
}

// rightlessWay is a way to send a text on a connection that is pinned: run sends it.
type rightlessWay func(c *sql.Conn, text string) (run func(ctx context.Context) error, err error)

var rightlessWays = []struct {
	name string
	all  bool // with every text
	way  rightlessWay
}{
	{"query", true, sends(func(ctx context.Context, c *sql.Conn, text string) error {
		rows, err := c.QueryContext(ctx, text)
		if err != nil {
			return err
		}
		return errors.Join(rows.Close(), rows.Err())
	})},
	{"exec", true, sends(func(ctx context.Context, c *sql.Conn, text string) error { return execText(text)(ctx, c) })},
	{"several statements", true, sends(func(ctx context.Context, c *sql.Conn, text string) error {
		return execText("SELECT count(*) FROM docbasket WHERE false; "+text)(ctx, c)
	})},
	{"prepare", false, sends(func(ctx context.Context, c *sql.Conn, text string) error {
		s, err := c.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = s.ExecContext(ctx)
		return err
	})},
	{"prepared", false, func(c *sql.Conn, text string) (func(ctx context.Context) error, error) {
		s, err := c.PrepareContext(as("acme"), text)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error {
			defer s.Close()
			_, err := s.ExecContext(ctx)
			return err
		}, nil
	}},
	{"batch", false, sends(func(ctx context.Context, c *sql.Conn, text string) error {
		return driver.SendBatch(ctx, c, texts(text))
	})},
	{"batch, in front of what needs a right", false, sends(func(ctx context.Context, c *sql.Conn, text string) error {
		seen := 0
		b := texts(text, "SELECT count(*) FROM docbasket")
		b.QueuedQueries[0].Query(func(rows pgx.Rows) error {
			for rows.Next() {
				seen++
			}
			return nil
		})
		err := driver.SendBatch(ctx, c, b)
		if seen > 0 {
			return errServed
		}
		return err
	})},
}

var errServed = errors.New("a suspended tenant was served")

func sends(send func(ctx context.Context, c *sql.Conn, text string) error) rightlessWay {
	return func(c *sql.Conn, text string) (func(ctx context.Context) error, error) {
		return func(ctx context.Context) error { return send(ctx, c, text) }, nil
	}
}

// A suspended tenant is refused at its next statement on a session that is pinned already, in the same checkout and in
// a later one, also when the statement touches nothing of the tenant's.
func TestSuspendedAndRightless(t *testing.T) {
	t.Parallel()
	r := newRightlessWorld(t)
	places := map[string]*sql.DB{}
	for _, mode := range modes {
		places[mode] = r.openConnector(t, 1, r.connector(t, rightlessConfig, "default_query_exec_mode", mode))
	}
	c, err := driver.NewConnector(r.Pooler(t, "transaction", 1), rightlessConfig)
	r.must(err)
	places["pooled"] = r.openConnector(t, 1, c)
	for place, db := range places {
		t.Run(place, func(t *testing.T) {
			for _, way := range rightlessWays {
				for i, text := range rightless {
					if !way.all && i%3 > 0 {
						continue
					}
					later := way.name != "prepared" && i%2 == 0
					if err := r.rightless(t, db, way.way, text, later); !errors.Is(err, scope.ErrTenantSuspended) {
						t.Errorf("%s of %s, in a later checkout %t: got %v", way.name, text, later, err)
					}
				}
			}
		})
	}
	r.must(r.prov.Resume(context.Background(), "acme"))
}

// rightless has acme send a text, suspends it, and has it send the text again.
func (r *revoker) rightless(t *testing.T, db *sql.DB, way rightlessWay, text string, later bool) error {
	t.Helper()
	r.must(r.prov.Resume(context.Background(), "acme"))
	c := checkout(t, db)
	for range 2 { // described, and then prepared, if it is going to be
		run, err := way(c, text)
		r.must(err)
		if err := run(as("acme")); err != nil && !errors.Is(err, errServed) {
			t.Fatalf("%s: %v", text, err)
		}
	}
	run, err := way(c, text)
	r.must(err)
	r.must(r.prov.Suspend(context.Background(), "acme"))
	if later {
		finish(t, c.Close())
		c = checkout(t, db)
		run, err = way(c, text)
		r.must(err)
	}
	defer c.Close()
	return run(as("acme"))
}

// What finds that out costs no round trip.
func TestRightlessRoundTrips(t *testing.T) {
	r := newRightlessWorld(t)
	cfg := rightlessConfig
	cfg.Pin = driver.PinSession // the proxy is not proved direct
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			pgx, docex := pgxClient(t, r.AdminDSN, mode), docexClient(t, r.AppDSN, cfg, mode)
			for _, text := range []string{"SELECT 1", "SELECT name FROM ref.country", "SELECT own()"} {
				for name, op := range map[string]func(*turn) error{
					"first in a checkout":  atOnce(execText(text)),
					"second in a checkout": second(execText(text)),
					"query":                atOnce(scan("SELECT min(x)::text FROM (" + text + ") AS t (x)")),
				} {
					op := operation{text, op}
					want := pgx.trips(t, r.world, op, tenants[:1])
					if got := docex.trips(t, r.world, op, tenants[:1]); got != want {
						t.Errorf("%s, %s: %s round trips, want %s", text, name, got, want)
					}
				}
			}
		})
	}
}

// second sends a statement as the second one of its checkout.
func second(s statement) func(*turn) error {
	return onConn(func(u *turn, c *sql.Conn) error {
		if err := execText("SELECT count(*) FROM docbasket")(u.ctx, c); err != nil {
			return err
		}
		return u.count(func() error { return s(u.ctx, c) })
	})
}
