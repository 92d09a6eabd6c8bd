package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgpooler"
	"github.com/jackc/pgx/v5"
)

// Poolers that track prepared statements tell them apart by text alone, and give a client the statement of another one.
// Each tenant has the values and types of its own tables nevertheless.
func TestPoolerThatSharesStatements(t *testing.T) {
	w := newWorld(t)
	for _, tenant := range measuring {
		var role string
		query := "SELECT role_name FROM docex_system.tenant WHERE id = $1"
		if err := w.admin.QueryRow(query, tenant.id).Scan(&role); err != nil {
			t.Fatal(err)
		}
		mustExec(t, w.admin, fmt.Sprintf(measuredDDL, "tenant_"+tenant.id, tenant.column, role))
	}
	for name, params := range map[string][]string{
		"default settings": nil,
		"cache_describe":   {"default_query_exec_mode", "cache_describe"},
		"cache_statement":  {"docex_pin", "transaction", "default_query_exec_mode", "cache_statement"},
	} {
		for way, measure := range measuringWays {
			t.Run(name+" "+way, func(t *testing.T) {
				mustExec(t, w.admin, "TRUNCATE tenant_globex.measured, tenant_acme.measured, tenant_initech.measured")
				pooler := pgpooler.Start(t, w.AppDSN, pgpooler.Options{Sessions: 1, ReplayKeys: true, TrackStatements: true})
				measureInTurns(t, w.openConnector(t, 2, w.connectorTo(t, pooler.DSN, params...)), measure)
				w.wantMeasured(t)
			})
		}
	}
}

// measuredDDL makes a table that holds numbers of another width for each tenant, and a type of the tenant's own.
const measuredDDL = `
	CREATE TYPE %[1]q.mood AS ENUM ('glad', 'sad');
	CREATE TABLE %[1]q.measured (x %[2]s, m %[1]q.mood);
	GRANT SELECT, INSERT ON %[1]q.measured TO %[3]q;`

const (
	measured        = 16777217.123
	measuringRounds = 3
)

// measuring is who measures, and what is left of a number in its column. Who comes first has the type that the others
// must not get.
var measuring = []struct {
	id, column string
	left       float64
}{
	{"globex", "real", 16777218},
	{"acme", "double precision", measured},
	{"initech", "numeric", measured},
}

// measurement is one kind of value, written and read.
type measurement struct {
	insert, seek string
	arg          any
	read         func(scan func(dest ...any) error) (any, error)
}

var (
	number = measurement{
		"INSERT INTO measured (x) VALUES ($1)", "SELECT x FROM measured WHERE x >= $1 LIMIT 1", measured,
		func(scan func(...any) error) (any, error) {
			var x float64
			err := scan(&x)
			return x, err
		},
	}
	enum = measurement{
		"INSERT INTO measured (m) VALUES ($1)", "SELECT m FROM measured WHERE m = $1 LIMIT 1", "glad",
		func(scan func(...any) error) (any, error) {
			var m string
			err := scan(&m)
			return m, err
		},
	}
)

func measureInTurns(t *testing.T, db *sql.DB, measure func(context.Context, *sql.DB, measurement) (any, error)) {
	t.Helper()
	for range measuringRounds {
		for _, tenant := range measuring {
			if got, err := measure(as(tenant.id), db, number); err != nil || got != tenant.left {
				t.Errorf("%s: read %v, %v, want %v", tenant.id, got, err, tenant.left)
			}
			if got, err := measure(as(tenant.id), db, enum); err != nil || got != enum.arg {
				t.Errorf("%s: read %v, %v, want %v", tenant.id, got, err, enum.arg)
			}
		}
	}
}

// wantMeasured has the administrator look at what was written.
func (w *world) wantMeasured(t *testing.T) {
	t.Helper()
	for _, tenant := range measuring {
		var numbers, moods, all int
		query := "SELECT count(*) FILTER (WHERE x::text::float8 = $1), count(*) FILTER (WHERE m = 'glad'), count(*) " +
			"FROM tenant_" + tenant.id + ".measured"
		if err := w.admin.QueryRow(query, tenant.left).Scan(&numbers, &moods, &all); err != nil {
			t.Fatal(err)
		}
		if numbers != measuringRounds || moods != measuringRounds || all != 2*measuringRounds {
			t.Errorf("%s: of %d rows %d numbers and %d enums are right, want %d each",
				tenant.id, all, numbers, moods, measuringRounds)
		}
	}
}

var measuringWays = map[string]func(context.Context, *sql.DB, measurement) (any, error){
	"directly": func(ctx context.Context, db *sql.DB, m measurement) (any, error) {
		if _, err := db.ExecContext(ctx, m.insert, m.arg); err != nil {
			return nil, err
		}
		return m.read(db.QueryRowContext(ctx, m.seek, m.arg).Scan)
	},
	"by statements of a connection": func(ctx context.Context, db *sql.DB, m measurement) (any, error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		return m.prepared(ctx, c)
	},
	"by statements of a transaction": func(ctx context.Context, db *sql.DB, m measurement) (any, error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		defer func() { _ = tx.Rollback() }() // of no effect behind Commit
		got, err := m.prepared(ctx, tx)
		if err != nil {
			return nil, err
		}
		return got, tx.Commit()
	},
	"in a batch": func(ctx context.Context, db *sql.DB, m measurement) (got any, err error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		b := &pgx.Batch{}
		b.Queue(m.insert, m.arg)
		b.Queue(m.seek, m.arg).QueryRow(func(row pgx.Row) (err error) {
			got, err = m.read(row.Scan)
			return err
		})
		err = driver.SendBatch(ctx, c, b)
		return got, err
	},
}

// prepared is a measurement by prepared statements of a Conn or Tx.
func (m measurement) prepared(ctx context.Context, p interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}) (any, error) {
	insert, err := p.PrepareContext(ctx, m.insert)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	if _, err := insert.ExecContext(ctx, m.arg); err != nil {
		return nil, err
	}
	seek, err := p.PrepareContext(ctx, m.seek)
	if err != nil {
		return nil, err
	}
	defer seek.Close()
	return m.read(seek.QueryRowContext(ctx, m.arg).Scan)
}
