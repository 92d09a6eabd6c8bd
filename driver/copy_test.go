package driver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

// names is a source of rows of one column.
func names(ns ...string) pgx.CopyFromSource {
	return pgx.CopyFromSlice(len(ns), func(i int) ([]any, error) { return []any{ns[i]}, nil })
}

func TestCopyFrom(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, tenant := range []string{"acme", "globex"} {
			c, err := db.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			n, err := driver.CopyFrom(as(tenant), c, "docbasket", []string{"name"},
				names("new-"+mode[1]+"-1", "new-"+mode[1]+"-2"))
			if n != 2 || err != nil {
				t.Errorf("%s: CopyFrom = %d, %v", tenant, n, err)
			}
			wantSeen(t, c, tenant)
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if n := w.baskets(t, tenant, "new-"+mode[1]+"-2"); n != 1 {
				t.Errorf("%s: %d rows", tenant, n)
			}
		}
		wantClean(t, db)
	})
}

func TestCopyFromStaysInTheSchema(t *testing.T) {
	w := newWorld(t)
	c, err := w.open(t, 1).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, table := range []string{
		"tenant_globex.docbasket", `"tenant_globex"."docbasket"`, "pg_class", "docbasket (name) from stdin; --", "", "no such\x00",
	} {
		if n, err := driver.CopyFrom(as("acme"), c, table, []string{"name"}, names("stray")); err == nil {
			t.Errorf("%q: copied %d rows", table, n)
		}
	}
	if _, err := driver.CopyFrom(as("acme"), c, "docbasket", nil, names("stray")); err == nil {
		t.Error("no columns: no error")
	}
	if n := w.baskets(t, "globex", "stray"); n != 0 {
		t.Errorf("%d stray rows", n)
	}
}

// A source that fails in the middle leaves nothing behind, and the connection goes on.
func TestCopyFromFailingSource(t *testing.T) {
	w := newWorld(t)
	c, err := w.open(t, 1).Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	broken := errors.New("source broke")
	src := pgx.CopyFromFunc(func() ([]any, error) { return nil, broken })
	if _, err := driver.CopyFrom(as("acme"), c, "docbasket", []string{"name"}, src); err == nil {
		t.Error("no error")
	}
	wantSeen(t, c, "acme")
}

func TestCopyFromNeedsDocex(t *testing.T) {
	c, err := newWorld(t).admin.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = driver.CopyFrom(as("acme"), c, "docbasket", []string{"name"}, names("x"))
	if !errors.Is(err, driver.ErrNotDocex) {
		t.Errorf("got %v, want %v", err, driver.ErrNotDocex)
	}
}
