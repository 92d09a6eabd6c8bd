package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/provision"
)

// twoTables is a small DDL, so that what is measured is the pool and not the catalogs.
const twoTables = `
CREATE TABLE docbasket (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE
);
CREATE TABLE document (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	basket_id bigint NOT NULL REFERENCES docbasket,
	name text NOT NULL,
	UNIQUE (basket_id, name)
);`

// world is a database with tenants.
type world struct {
	admin   *sql.DB
	p       *provision.Provisioner
	app     string // DSN
	roles   []string
	created int
}

func tenantID(i int) string { return fmt.Sprintf("t%05d", i) }

func newWorld(ctx context.Context, server *pgserver.Server, o options) (*world, error) {
	const name, app = "contest", "contest_app"
	root, err := sql.Open("pgx", server.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, statement := range []string{
		"CREATE DATABASE " + name,
		"CREATE ROLE " + app + " LOGIN NOINHERIT PASSWORD 'contest'",
	} {
		if _, err := root.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	w := &world{}
	if w.admin, err = sql.Open("pgx", server.DSN(name)); err != nil {
		return nil, err
	}
	u, err := url.Parse(server.DSN(name))
	if err != nil {
		return nil, err
	}
	u.User = url.UserPassword(app, "contest")
	w.app = u.String()
	cfg := provision.Config{AppRole: app}
	if o.ddl == "two" {
		cfg.DDL = provision.DDLString(twoTables)
	}
	if w.p, err = provision.New(w.admin, cfg); err != nil {
		return nil, err
	}
	return w, w.fill(ctx, app, o)
}

func (w *world) close() { w.admin.Close() }

func (w *world) fill(ctx context.Context, app string, o options) error {
	if err := w.p.Init(ctx); err != nil {
		return err
	}
	_, err := w.p.CreateMany(ctx, func(yield func(provision.Tenant) bool) {
		for i := range o.tenants {
			if !yield(provision.Tenant{ID: tenantID(i)}) {
				return
			}
		}
	}, provision.BulkOptions{Concurrency: 2})
	if err != nil {
		return err
	}
	w.roles = make([]string, o.tenants)
	for i := range o.tenants {
		t, err := w.p.Get(ctx, tenantID(i))
		if err != nil {
			return err
		}
		w.roles[i] = t.Role
		// The ways that set the path only have no role, so the login needs rights of its own.
		grant := fmt.Sprintf("GRANT USAGE ON SCHEMA %q TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %[1]q TO %[2]s;"+
			"INSERT INTO %[1]q.docbasket (name) VALUES ('x')", t.Schema, app)
		if _, err := w.admin.ExecContext(ctx, grant); err != nil {
			return err
		}
	}
	if _, err := w.admin.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
		return err
	}
	_, err = w.admin.ExecContext(ctx, "CHECKPOINT")
	return err
}

// picker returns how a worker chooses a tenant.
func picker(r *rand.Rand, o options) func() int {
	if o.zipf > 1 {
		z := rand.NewZipf(r, o.zipf, 1, uint64(o.tenants-1))
		return func() int { return int(z.Uint64()) }
	}
	return func() int { return r.IntN(o.tenants) }
}
