package provision_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// Whoever outgrows one machine takes the archives of a local installation to one on Citus, and may come back.
func TestMoveToCitusAndBack(t *testing.T) {
	for name, cfg := range map[string]provision.Config{
		"DocEX": {},
		"kinds": {DDL: fstest.MapFS{"1.sql": {Data: []byte(distributable)}}},
	} {
		t.Run(name, func(t *testing.T) {
			local, citus := cfg, cfg
			local.Distribution, citus.Distribution = provision.Local, provision.Citus
			a, b := newArchives(t, onCitus(t), local), newArchives(t, newWorld(t), citus)
			c, d := newArchives(t, newWorld(t), citus), newArchives(t, newWorld(t), local)
			if _, err := a.p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
				t.Fatal(err)
			}
			if name == "kinds" {
				a.exec(`SET search_path = tenant_acme; `+fillDistributable, `RESET search_path`)
			}
			want := a.in("acme", rowsOfAll)
			from := a
			for _, to := range []archives{b, c, d} {
				if err := from.p.Suspend(t.Context(), "acme"); err != nil {
					t.Fatal(err)
				}
				to.imports(from.export("acme"), provision.ImportOptions{})
				if diff := cmp.Diff(want, to.in("acme", rowsOfAll)); diff != "" {
					t.Errorf("the import differs: %s", diff)
				}
				if err := to.app().pin("acme"); err != nil {
					t.Error(err)
				}
				from = to
			}
			b.wantDistributed("acme")
			c.wantDistributed("acme")
			if got := b.value(`SELECT COALESCE(sum(pg_relation_size(logicalrelid)), 0) FROM pg_dist_partition`); got != "0" {
				t.Errorf("%s bytes of old copies are on the coordinator", got)
			}
		})
	}
}

// Rows are counted while nobody can write: an active tenant's archive and counts would be of two moments.
func TestExportOnCitusIsOfOneMoment(t *testing.T) {
	w := onCitus(t)
	p := w.initialized(provision.Config{})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	_, err := p.Export(t.Context(), "acme", noDump)
	wantIs(t, err, provision.ErrTenantActive)
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	resumed := make(chan error, 1)
	_, err = p.Export(t.Context(), "acme", func(ctx context.Context, d provision.Dump) (provision.ArchiveFile, error) {
		writer := w.connect(w.AdminDSN)
		if got := writer.code(`SET lock_timeout = 1; DELETE FROM tenant_acme.docbasket`); got != "55P03" {
			t.Errorf("somebody writes meanwhile: %q", got)
		}
		go func() { resumed <- p.Resume(t.Context(), "acme") }()
		w.eventually(`SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
		return noDump(ctx, d)
	})
	if err := errors.Join(err, <-resumed); err != nil {
		t.Error(err)
	}
}

// wantDistributed fails the test unless all tables of a tenant are in its shard group.
func (w world) wantDistributed(id string) {
	w.t.Helper()
	const query = `
SELECT count(*) FILTER (WHERE p.colocationid IS DISTINCT FROM s.colocationid) || ' of ' || count(*)
  FROM pg_class AS c LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
  LEFT JOIN pg_dist_schema AS s ON s.schemaid = c.relnamespace
 WHERE c.relnamespace = ('tenant_' || $1)::regnamespace AND c.relkind IN ('r', 'p')`
	if got := w.value(query, id); got[:2] != "0 " || got == "0 of 0" {
		w.t.Errorf("%s tables are not in the group of %s", got, id)
	}
}

// rowsOfAll is every row of a tenant, table by table.
const rowsOfAll = `
SELECT string_agg(query_to_xml(format('SELECT t::text FROM %I AS t ORDER BY 1', relname), true, false, '')::text, E'\n'
         ORDER BY relname)
  FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'm', 'v')`

// distributable has one of each kind of object that Citus has, too.
const distributable = `
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN code AS text CHECK (VALUE <> '');
CREATE FUNCTION words(t text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT length(t) $$;
CREATE TABLE price (kind code PRIMARY KEY, price numeric NOT NULL);
CREATE TABLE item (
  id bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY, legacy bigserial,
  kind code REFERENCES price,
  mood mood DEFAULT 'sad', made timestamptz NOT NULL DEFAULT now(), text text, tags text[],
  parent bigint REFERENCES item,
  long integer GENERATED ALWAYS AS (length(text)) STORED);
CREATE INDEX item_words ON item (words(text)) WHERE kind <> 'x';
CREATE TABLE log (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW dear AS SELECT item.id, item.kind FROM item JOIN price USING (kind);
CREATE MATERIALIZED VIEW total AS SELECT kind, count(*) FROM item GROUP BY kind;
COMMENT ON TABLE item IS 'it''s; an item';`

const fillDistributable = `
INSERT INTO price VALUES ('a', 10), ('b', 1);
INSERT INTO item (kind, mood, text, tags) SELECT 'a', 'glad', E'line\nof \\ a \t tab\\.\n\\.\n' || i, ARRAY['x,', NULL]
  FROM generate_series(1, 60) AS i;
INSERT INTO log VALUES ('2025-02-03', '\.'), ('2025-02-03', NULL), ('2025-02-03', '');
REFRESH MATERIALIZED VIEW total;`
