package driver_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

const textsDDL = `CREATE TABLE item (id int PRIMARY KEY, name text, m mood);
	INSERT INTO item VALUES (1, 'one', 'glad');`

// endings are statements that a comment behind them must not change.
var endings = append(calls(
	"SELECT name FROM item -- x",
	"SELECT name FROM item --",
	"SELECT name FROM item;",
	"SELECT name FROM item ; -- x",
	"SELECT name FROM item;;",
	"SELECT name FROM item /* x */",
	"SELECT name FROM item /* /* x */ */",
	"SELECT name FROM item -- /* x",
	"SELECT $$x$$",
	"SELECT $a$ /* x $a$",
	"SELECT ' -- x'",
	`SELECT E'\'' AS "-- x"`,
	"SELECT 1 AS a\n",
	"SELECT 1;\x20\t\n",
	"SELECT missing FROM item -- x",
), []call{
	{"SELECT name FROM item WHERE id = $1 -- x", []any{1}},
	{"SELECT name FROM item WHERE m = $1 -- x", []any{"glad"}},
	{"SELECT name FROM item WHERE id = $1;", []any{1}},
	{"SELECT name FROM item WHERE id = $1 /* /* x */ */", []any{1}},
	{"SELECT $1::text || $$x$$", []any{"a"}},
	{"UPDATE item SET name = name WHERE id = $1 -- x", []any{1}},
}...)

// notOne are texts that hold nothing or several statements. Batches do not take them.
var notOne = append(calls(
	"", " ", ";", "-- nothing", "/* nothing */",
	"SELECT 1; SELECT 2",
	"SELECT 1; SELECT name FROM item -- x",
	"UPDATE item SET name = name WHERE id = 1; UPDATE item SET name = name;",
), []call{
	{"SELECT 1; SELECT $1::int", []any{1}},
	{"-- nothing", []any{1}},
}...)

// TestTextsAsPgx: rows, counts and every field of errors, whatever a text ends with, and however it is sent.
func TestTextsAsPgx(t *testing.T) {
	w := newValuesWorld(t, textsDDL)
	behind := w.Pooler(t, "transaction", 2)
	for _, l := range []lane{direct, described, direct.inMode("exec"), pinned, pooled, pooled.inMode("exec")} {
		t.Run(l.name, func(t *testing.T) {
			var want transcript
			want.texts(as("acme"), w.plain(t, "acme", l.pgx...))
			docex := w.docex(t, l, behind)
			for _, tenant := range valuesTenants[:2] {
				var got transcript
				got.texts(as(tenant), docex)
				if diff := cmp.Diff(want.lines, got.lines); diff != "" {
					t.Errorf("%s: pgx -, docex +:\n%s", tenant, diff)
				}
			}
		})
	}
}

// texts notes what comes of the texts.
func (l *transcript) texts(ctx context.Context, h handle) {
	for _, c := range slices.Concat(notOne, endings) {
		for range 2 {
			l.query(ctx, "query: "+c.query, on(h, c), c.args...)
			l.exec(ctx, "exec: "+c.query, func(ctx context.Context, args ...any) (sql.Result, error) {
				return h.ExecContext(ctx, c.query, args...)
			}, c.args...)
		}
		s, err := h.PrepareContext(ctx, c.query)
		l.err("prepare: "+c.query, err)
		if err == nil {
			l.query(ctx, "prepared: "+c.query, s.QueryContext, c.args...)
			l.exec(ctx, "prepared: "+c.query, s.ExecContext, c.args...)
			l.err("close", s.Close())
		}
		l.add("transaction: %s: %s", c.query, doInTx(ctx, h, c))
	}
	for _, c := range endings {
		l.add("batch: %s: %s", c.query, doInBatch(ctx, h, c))
	}
}

// on is the query of a text on a handle.
func on(h handle, c call) rowsOf {
	return func(ctx context.Context, args ...any) (*sql.Rows, error) {
		return h.QueryContext(ctx, c.query, args...)
	}
}

// TestModesOfOneCallAsPgx: an argument names the mode of its call, whatever the mode of the call before.
func TestModesOfOneCallAsPgx(t *testing.T) {
	w := newValuesWorld(t, textsDDL+argumentsDDL)
	behind := w.Pooler(t, "transaction", 2)
	own := []pgx.QueryExecMode{pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol}
	all := append([]pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec}, own...)
	for _, l := range []struct {
		lane
		modes []pgx.QueryExecMode
	}{
		{direct, all}, {pinned, own}, {pooled, own}, {pooled.inMode("simple_protocol"), own},
	} {
		t.Run(l.name, func(t *testing.T) {
			plain, docex := w.plain(t, "acme", l.pgx...), w.docex(t, l.lane, behind)
			for _, a := range arguments {
				for key, c := range a.statements() {
					for _, mode := range l.modes {
						args := append([]any{mode}, c.args...)
						want := read(plain.QueryContext(as("acme"), c.query, args...))
						if got := read(docex.QueryContext(as("globex"), c.query, args...)); got != want {
							t.Errorf("%v: %s: %s, with pgx %s", mode, key, got, want)
						}
					}
				}
			}
		})
	}
}
