package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
)

// way is one way to serve many tenants.
type way struct {
	name   string
	app    string // application_name of its connections
	params string // more of its DSN
	db     *sql.DB
	more   []*sql.DB // in place of db, one for each tenant
	do     func(ctx context.Context, tenant int) error
	stats  func() driver.Stats
	turns  []measured
}

const pointSelect = "SELECT count(*) FROM docbasket WHERE name = $1"

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func ask(ctx context.Context, q queryer) error {
	var n int
	return q.QueryRowContext(ctx, pointSelect, "x").Scan(&n)
}

// ways returns docex and the others.
func (w *world) ways(o options) ([]*way, error) {
	var ways []*way
	for i, settings := range append([]string{""}, o.docex...) {
		way, err := w.docex(i, settings)
		if err != nil {
			return nil, err
		}
		ways = append(ways, way)
	}
	ways = append(ways,
		w.onCheckout("SET search_path", "path", func(tenant int) string { return "SET " + pathTo(tenant) }),
		w.onCheckout("SET ROLE; SET search_path", "role", func(tenant int) string {
			return fmt.Sprintf("SET ROLE %q; SET %s", w.roles[tenant], pathTo(tenant))
		}),
		w.inTransaction(),
		w.alone(),
	)
	for _, way := range ways {
		if way.db == nil {
			var err error
			if way.db, err = sql.Open("pgx", w.dsn(way)); err != nil {
				return nil, err
			}
		}
		way.db.SetMaxOpenConns(o.conns)
		way.db.SetMaxIdleConns(o.conns)
	}
	if o.tenants <= mostPools {
		way, err := w.poolEach(o)
		if err != nil {
			return nil, err
		}
		ways = append(ways, way)
	}
	return ways, nil
}

// mostPools bounds the tenants that get a pool each: the server has room for two connections of each, and for the other
// ways'.
const mostPools = 100

// poolEach has a pool for each tenant.
func (w *world) poolEach(o options) (*way, error) {
	way := &way{name: "a pool for each tenant", app: "each"}
	for i := range o.tenants {
		db, err := sql.Open("pgx", w.dsn(way)+"&search_path="+scope.SchemaPrefix+tenantID(i))
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(2)
		way.more = append(way.more, db)
	}
	way.do = func(ctx context.Context, tenant int) error { return ask(ctx, way.more[tenant]) }
	return way, nil
}

func (w *way) close() {
	for _, db := range append(w.more, w.db) {
		if db != nil {
			db.Close()
		}
	}
}

// docex is the driver with settings in its DSN.
func (w *world) docex(i int, settings string) (*way, error) {
	way := &way{name: strings.TrimSpace("docex " + settings), app: fmt.Sprint("docex", i)}
	if settings != "" {
		way.params = "&" + settings
	}
	c, err := driver.NewConnector(w.dsn(way), driver.Config{})
	if err != nil {
		return nil, err
	}
	way.db, way.stats = sql.OpenDB(c), c.Stats
	way.do = func(ctx context.Context, tenant int) error {
		return ask(scope.With(ctx, scope.UserContext{UserID: "u", TenantID: tenantID(tenant)}), way.db)
	}
	return way, nil
}

func (w *world) dsn(way *way) string {
	separator := "?"
	if strings.Contains(w.app, "?") {
		separator = "&"
	}
	return w.app + separator + "application_name=" + way.app + way.params
}

func pathTo(tenant int) string {
	return fmt.Sprintf("search_path = %q, pg_temp", scope.SchemaPrefix+tenantID(tenant))
}

// onCheckout sets something at the beginning of each checkout.
func (w *world) onCheckout(name, app string, set func(tenant int) string) *way {
	way := &way{name: name, app: app}
	way.do = func(ctx context.Context, tenant int) error {
		c, err := way.db.Conn(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.ExecContext(ctx, set(tenant)); err != nil {
			return err
		}
		return ask(ctx, c)
	}
	return way
}

// alone asks for one tenant only, whatever is asked for: what pgx does without tenancy.
func (w *world) alone() *way {
	way := &way{name: "pgx, one tenant", app: "alone", params: "&search_path=" + scope.SchemaPrefix + tenantID(0)}
	way.do = func(ctx context.Context, _ int) error { return ask(ctx, way.db) }
	return way
}

func (w *world) inTransaction() *way {
	way := &way{name: "BEGIN; SET LOCAL search_path", app: "local"}
	way.do = func(ctx context.Context, tenant int) error {
		tx, err := way.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(ctx, "SET LOCAL "+pathTo(tenant)); err != nil {
			return err
		}
		if err := ask(ctx, tx); err != nil {
			return err
		}
		return tx.Commit()
	}
	return way
}
