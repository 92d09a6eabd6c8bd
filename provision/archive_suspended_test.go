package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// A suspension dates from when nobody works for the tenant any more, and not from when Suspend began to wait: by that
// HoldsAll tells whether an archive is older.
func TestSuspendedSinceItIs(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	suspended := make(chan error, 1)
	var working string
	err := p.WithTenant(t.Context(), "acme", provision.WithOptions{Reason: "r"},
		func(context.Context, *sql.Tx, provision.Tenant) error {
			go func() { suspended <- p.Suspend(t.Context(), "acme") }()
			w.eventually(`SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
			working = w.value("SELECT clock_timestamp()::text")
			return nil
		})
	if err := errors.Join(err, <-suspended); err != nil {
		t.Fatal(err)
	}
	const since = `SELECT suspended_at > $1::timestamptz FROM docex_system.tenant WHERE id = 'acme'`
	if got := w.value(since, working); got != "true" {
		t.Error("it was suspended while somebody worked for it, as the registry has it")
	}
}

// What was under way when a tenant was suspended is waited for before the snapshot. So a suspension in between is an
// error.
func TestExportOfTenantSuspendedMeanwhile(t *testing.T) {
	pgtest.SkipOnCitus(t, "the snapshot is one of what is locked")
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	cfg, err := pgx.ParseConfig(w.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Tracer = beforeStatement(func(sql string) {
		if strings.HasPrefix(sql, "begin isolation level repeatable read") {
			if err := errors.Join(p.Resume(t.Context(), "acme"), p.Suspend(t.Context(), "acme")); err != nil {
				t.Error(err)
			}
		}
	})
	db := stdlib.OpenDB(*cfg)
	t.Cleanup(func() { db.Close() })
	exporter, err := provision.New(db, provision.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exporter.Export(t.Context(), "acme", noDump); err == nil ||
		!strings.Contains(err.Error(), "suspended while the export began") {
		t.Errorf("exported: %v", err)
	}
}

// beforeStatement is called with each statement before it is sent.
type beforeStatement func(sql string)

func (f beforeStatement) TraceQueryStart(
	ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData,
) context.Context {
	f(data.SQL)
	return ctx
}

func (beforeStatement) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
