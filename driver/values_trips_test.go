package driver_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/jackc/pgx/v5"
)

const (
	manyTexts  = 60 // tenants of newCrowd, with several texts each
	tripRounds = 3
)

// TestFirstUseOfAText: a tenant's first use of a text on a connection takes a second round trip, as with pgx. The later
// ones take one, however many tenants there are for however few prepared statements.
func TestFirstUseOfAText(t *testing.T) {
	t.Parallel()
	w := newCrowd(t)
	// Nothing else vouches for a connection through a proxy. With a bound given, memory is not measured.
	session := []string{"docex_pin", "session", "docex_max_tenants", "1000"}
	for _, c := range []struct {
		name   string
		pooled bool
		texts  int // of each tenant
		params []string
	}{
		{"direct, room for all", false, 5, session},
		{"direct, room for few", false, 5, append([]string{"statement_cache_capacity", "64"}, session...)},
		{"direct, cache_describe", false, 5, append(mode("cache_describe"), session...)},
		{"docex_pin=transaction", false, 5, []string{"docex_pin", "transaction"}},
		{"PgBouncer", true, 5, nil},
		{"PgBouncer, cache_describe", true, 5, mode("cache_describe")},
		{"direct, more texts than pgx describes", false, 10, append(mode("cache_describe"), session...)},
		{"PgBouncer, more texts than pgx describes", true, 10, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn := w.AppDSN
			if c.pooled {
				dsn = w.Pooler(t, "transaction", 2)
			}
			client := tripClient{proxy: pgproxy.Start(t, dsn, 0)}
			connector, err := driver.NewConnector(withParams(t, client.proxy.DSN, c.params...), driver.Config{})
			if err != nil {
				t.Fatal(err)
			}
			client.db = w.openConnector(t, 1, connector)
			client.wantTrips(t, c.texts, 2)
			for range tripRounds - 1 {
				client.wantTrips(t, c.texts, 1)
			}
		})
	}
}

// tripClient is one connection and what counts its round trips.
type tripClient struct {
	db    *sql.DB
	proxy *pgproxy.Proxy
	last  time.Time // when it was used; zero before the first time
}

// wantTrips runs each text once for each tenant. A connection's very first statement is not counted.
func (c *tripClient) wantTrips(t *testing.T, texts, want int) {
	t.Helper()
	wrong := map[int]int{}
	for i := range manyTexts {
		for j := range texts {
			first := c.last.IsZero()
			if n := c.trips(t, crowd(i), j); n != want && !first {
				wrong[n]++
			}
		}
	}
	if len(wrong) > 0 {
		t.Errorf("statements by their round trips, where %d are wanted: %v", want, wrong)
	}
}

// trips returns the round trips of one of the texts.
func (c *tripClient) trips(t *testing.T, tenant string, text int) int {
	t.Helper()
	if time.Since(c.last) > time.Second/2 { // soon pgx would ask whether the connection is alive
		finish(t, c.db.Ping())
	}
	seen, err := c.proxy.Record(func() error { return readText(c.db, tenant, text) })
	if err != nil {
		t.Fatal(err)
	}
	c.last = time.Now()
	return seen.RoundTrips
}

// readText reads the tenant's row with one of many texts.
func readText(db *sql.DB, tenant string, text int) error {
	var name string
	query := fmt.Sprintf("SELECT name FROM docbasket WHERE id = $1 AND %d = %[1]d", text)
	if err := db.QueryRowContext(as(tenant), query, 1).Scan(&name); err != nil {
		return fmt.Errorf("%s: %w", tenant, err)
	}
	if name != tenant {
		return fmt.Errorf("%s reads the row of %s", tenant, name)
	}
	return nil
}

// preparedTexts counts the texts of readText that a connection has prepared, and whose tag matches a pattern.
func preparedTexts(t *testing.T, db *sql.DB, pattern string) (n int) {
	t.Helper()
	const count = `SELECT count(*) FROM pg_prepared_statements
		WHERE statement LIKE 'SELECT name FROM docbasket%' AND statement LIKE $1`
	if err := db.QueryRowContext(as(crowd(0)), count, pgx.QueryExecModeExec, pattern).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPreparedStatementsAreBounded: tenants multiply texts, but not what the server keeps for a connection.
func TestPreparedStatementsAreBounded(t *testing.T) {
	w := newCrowd(t)
	const capacity = 64
	db := w.unguarded(t, 1, "statement_cache_capacity", fmt.Sprint(capacity))
	for range tripRounds {
		for i := range manyTexts {
			for j := range 5 {
				if err := readText(db, crowd(i), j); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := preparedTexts(t, db, "%"); n > capacity || n == 0 {
			t.Errorf("%d statements are prepared for a cache of %d", n, capacity)
		}
	}
}

// TestStatementsOfTheBusiestArePrepared: where there is no room for all, a tenant that comes back takes the place of a
// tenant that stays away.
func TestStatementsOfTheBusiestArePrepared(t *testing.T) {
	w := newCrowd(t)
	const capacity, busy = 4, 2
	db := w.unguarded(t, 1, "statement_cache_capacity", fmt.Sprint(capacity))
	for j := range capacity {
		finish(t, readText(db, crowd(0), j))
	}
	for range 3 {
		for j := range busy {
			finish(t, readText(db, crowd(1), j))
		}
	}
	if n := preparedTexts(t, db, "%"+crowd(1)+"%"); n != busy {
		t.Errorf("%d statements of the tenant that comes back are prepared, want %d", n, busy)
	}
}
