package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// The tests of the files values_*_test.go take the same steps with docex and with plain pgx. Pgx is connected directly
// and has the tenant's schema as its search_path. What is stored, read and refused has to be the same, try by try.

// lane is a way of docex's to the database, and what pgx has to be told to be comparable.
type lane struct {
	name   string
	pooled bool     // behind PgBouncer in transaction mode
	docex  []string // parameters of docex's DSN
	pgx    []string // and of pgx's
}

// defaultLanes are those in which no mode is named.
var defaultLanes = []lane{
	{name: "direct"},
	{name: "docex_pin=transaction", docex: []string{"docex_pin", "transaction"}, pgx: mode("cache_describe")},
	{name: "PgBouncer", pooled: true, pgx: mode("cache_describe")},
}

func mode(name string) []string { return []string{"default_query_exec_mode", name} }

// inMode is the lane with a mode named in both DSNs.
func (l lane) inMode(name string) lane {
	l.name += ", " + name
	l.docex, l.pgx = append(mode(name), l.docex...), mode(name)
	return l
}

var direct, pinned, pooled = defaultLanes[0], defaultLanes[1], defaultLanes[2]

// newValuesWorld is a database with the tenants acme, globex and initech, made from ddl behind an enum and a domain. It
// shares their roles with the other ones of that ddl.
func newValuesWorld(t testing.TB, ddl string) *world {
	t.Helper()
	db := pgtest.NewDBFrom(t, "values: "+ddl, func(db *pgtest.DB) { populateValues(t, db, db.Admin(t), ddl) })
	w := &world{DB: db, admin: db.Admin(t)}
	w.prov = valuesProvisioner(t, db, w.admin, ddl)
	return w
}

// newOwnValuesWorld is newValuesWorld for tests that suspend tenants.
func newOwnValuesWorld(t testing.TB, ddl string) *world {
	t.Helper()
	db := pgtest.NewDB(t)
	w := &world{DB: db, admin: db.Admin(t)}
	w.prov = populateValues(t, db, w.admin, ddl)
	return w
}

func populateValues(t testing.TB, db *pgtest.DB, admin *sql.DB, ddl string) *provision.Provisioner {
	t.Helper()
	p := valuesProvisioner(t, db, admin, ddl)
	if err := p.Init(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, id := range valuesTenants {
		if _, err := p.Create(context.Background(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func valuesProvisioner(t testing.TB, db *pgtest.DB, admin *sql.DB, ddl string) *provision.Provisioner {
	t.Helper()
	const types = "CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE DOMAIN short AS text CHECK (length(VALUE) < 10);"
	p, err := provision.New(admin, onto(db, provision.Config{DDL: provision.DDLString(types + ddl)}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var valuesTenants = tenants[:3]

// handle is one connection of docex's or pgx's.
type handle struct {
	*sql.DB
	send func(ctx context.Context, c *sql.Conn, b *pgx.Batch) error
}

// plain returns pgx's.
func (w *world) plain(t testing.TB, tenant string, params ...string) handle {
	t.Helper()
	known, err := w.prov.Get(context.Background(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	params = append([]string{"role", known.Role, "search_path", known.Schema + ",pg_temp"}, params...)
	db, err := sql.Open("pgx", withParams(t, w.AppDSN, params...))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { closeDB(t, db) })
	return handle{db, func(ctx context.Context, c *sql.Conn, b *pgx.Batch) error {
		return c.Raw(func(dc any) error { return dc.(*stdlib.Conn).Conn().SendBatch(ctx, b).Close() })
	}}
}

// docex returns docex's on a lane; behind is the DSN through PgBouncer.
func (w *world) docex(t testing.TB, l lane, behind string) handle {
	t.Helper()
	dsn := w.AppDSN
	if l.pooled {
		dsn = behind
	}
	c, err := driver.NewConnector(withParams(t, dsn, l.docex...), valuesConfig)
	if err != nil {
		t.Fatal(err)
	}
	return handle{w.openConnector(t, 1, c), driver.SendBatch}
}

var valuesConfig = driver.Config{Policy: guard.Policy{MultiStatement: true}}

// reconnect has the next statement open another connection.
func (h handle) reconnect() {
	h.SetMaxIdleConns(0)
	h.SetMaxIdleConns(1)
}

// read returns what a caller sees of a query: its rows, or how it fails.
func read(rows *sql.Rows, err error) string {
	if err != nil {
		return failure(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return failure(err)
	}
	seen := []string{strings.Join(columns, ",")}
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return failure(err)
		}
		seen = append(seen, fmt.Sprintf("%v", values))
	}
	if err := rows.Err(); err != nil {
		return failure(err)
	}
	return strings.Join(seen, " ")
}

// failure is the SQLSTATE of an error, or the first line of one that is not the server's. On the next line docex says
// what became of the transaction that it puts around a batch.
func failure(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return "SQLSTATE " + pgErr.Code
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return "error: " + text
}

func failed(outcome string) bool {
	return strings.HasPrefix(outcome, "SQLSTATE ") || strings.HasPrefix(outcome, "error: ")
}
