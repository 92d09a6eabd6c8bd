package driver_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

var manyTenants = flag.Int("tenants", 1000, "how many tenants there are where there are many; at least 10")

// BenchmarkManyTenants is what a query that changes tenant costs where there are many tenants, beside where there are
// ten: on a connection that has served its ten tenants before (the target is 1.15 times at most), as the first query of
// a connection, and as the first one after a tenant was created. The latter two pay for the list of all roles that the
// login role is a member of, which each server process makes for its first SET ROLE, and again after any role has
// changed.
func BenchmarkManyTenants(b *testing.B) {
	few, lots := newMany(b, 10), newMany(b, *manyTenants)
	fmt.Printf("postgresql: %d\n", pgtest.Server(b).Version()/10_000) // a configuration line, as in Go's benchmark data format
	for _, of := range []struct {
		name string
		cost func(*manyWorld, *testing.B, int) time.Duration
	}{
		{"warm", (*manyWorld).warm},
		{"first of a connection", (*manyWorld).connected},
		{"first after Create", (*manyWorld).created},
	} {
		b.Run(of.name, func(b *testing.B) {
			at10, atMany := inTurns(b,
				func(i int) time.Duration { return of.cost(few, b, i) },
				func(i int) time.Duration { return of.cost(lots, b, i) })
			b.ReportMetric(micros(at10), "µs/10-tenants")
			b.ReportMetric(micros(atMany), fmt.Sprintf("µs/%d-tenants", *manyTenants))
			b.ReportMetric(float64(atMany)/float64(at10), "ratio")
		})
	}
}

// manyWorld is a database whose tenants have one small table, and one connection to it that has served ten of them.
type manyWorld struct {
	prov *provision.Provisioner
	db   *sql.DB
	more int // tenants that created has created
}

func newMany(b *testing.B, n int) *manyWorld {
	b.Helper()
	db := pgtest.NewDB(b)
	admin := db.Admin(b)
	const table = "CREATE TABLE docbasket (id bigint PRIMARY KEY, name text); INSERT INTO docbasket VALUES (1, 'one')"
	p, err := provision.New(admin, onto(db, provision.Config{DDL: fstest.MapFS{"table.sql": {Data: []byte(table)}}}))
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Init(context.Background()); err != nil {
		b.Fatal(err)
	}
	createMany(b, p, n)
	mustExec(b, admin, "VACUUM ANALYZE") // now, rather than by itself meanwhile
	m := &manyWorld{prov: p, db: (&world{DB: db}).open(b, 1)}
	for i := range 100 {
		m.warm(b, i)
	}
	return m
}

// warm is a point SELECT for another tenant than the one before, of ten.
func (m *manyWorld) warm(b *testing.B, i int) time.Duration {
	return timed(func() { point(b, as(many(i%10)), m.db) })
}

// connected is warm, but on a connection that is new; its making does not count.
func (m *manyWorld) connected(b *testing.B, i int) time.Duration {
	m.db.SetMaxIdleConns(-1) // closes the idle one
	m.db.SetMaxIdleConns(1)
	if err := m.db.Ping(); err != nil {
		b.Fatal(err)
	}
	return m.warm(b, i)
}

// created is warm, but after a tenant was created.
func (m *manyWorld) created(b *testing.B, i int) time.Duration {
	m.more++
	if _, err := m.prov.Create(context.Background(), provision.Tenant{ID: fmt.Sprintf("more%05d", m.more)}); err != nil {
		b.Fatal(err)
	}
	return m.warm(b, i)
}
