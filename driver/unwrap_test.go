package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// around is a connector of connections that a test puts something around.
type around struct {
	sqldriver.Connector
	wrap func(allOfConn) sqldriver.Conn
}

func (a around) Connect(ctx context.Context) (sqldriver.Conn, error) {
	c, err := a.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return a.wrap(c.(allOfConn)), nil
}

// The shapes that drivers around others have. Module examples/with/around has such drivers themselves.
type (
	hiding      struct{ allOfConn }
	rawing      struct{ hiding }
	wrappedConn struct{ hiding }
	fielded     struct {
		hiding
		Conn sqldriver.Conn
	}
	fieldedTwice struct { // as sqlhooks: a connection of several parts, with a field each
		hiding
		Conn *fielded
	}
	otherField struct {
		hiding
		Conn any
	}
	embedded struct {
		hiding
		*fielded // nil
	}
)

func (c rawing) Raw() sqldriver.Conn              { return c.hiding.allOfConn }
func (c wrappedConn) WrappedConn() sqldriver.Conn { return c.hiding.allOfConn }

// circle leads to itself.
type circle struct{ hiding }

func (c circle) Raw() sqldriver.Conn { return c }

// deadEnd leads nowhere.
type deadEnd struct{ hiding }

func (c deadEnd) Raw() sqldriver.Conn { return nil }

// What drivers around docex's lead to its connection by, docex follows; what hides it is told, with what to do.
func TestUnwrap(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		wrap  func(c allOfConn) sqldriver.Conn
		hides bool
	}{
		"Raw":                {func(c allOfConn) sqldriver.Conn { return rawing{hiding{c}} }, false},
		"WrappedConn":        {func(c allOfConn) sqldriver.Conn { return wrappedConn{hiding{c}} }, false},
		"field":              {func(c allOfConn) sqldriver.Conn { return fielded{hiding{c}, c} }, false},
		"field of a pointer": {func(c allOfConn) sqldriver.Conn { return &fielded{hiding{c}, c} }, false},
		"field of a field": {func(c allOfConn) sqldriver.Conn {
			return &fieldedTwice{hiding{c}, &fielded{hiding{c}, c}}
		}, false},
		"Raw over a field":     {func(c allOfConn) sqldriver.Conn { return rawing{hiding{fielded{hiding{c}, c}}} }, false},
		"nothing":              {func(c allOfConn) sqldriver.Conn { return hiding{c} }, true},
		"Raw over nothing":     {func(c allOfConn) sqldriver.Conn { return rawing{hiding{hiding{c}}} }, true},
		"a field that is nil":  {func(c allOfConn) sqldriver.Conn { return fielded{hiding: hiding{c}} }, true},
		"a field of any type":  {func(c allOfConn) sqldriver.Conn { return otherField{hiding{c}, 7} }, true},
		"an embedded nil":      {func(c allOfConn) sqldriver.Conn { return embedded{hiding: hiding{c}} }, true},
		"a circle":             {func(c allOfConn) sqldriver.Conn { return circle{hiding{c}} }, true},
		"a Raw that gives nil": {func(c allOfConn) sqldriver.Conn { return deadEnd{hiding{c}} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			db := sql.OpenDB(around{w.connector(t, testConfig), tt.wrap})
			db.SetMaxOpenConns(1)
			t.Cleanup(func() { closeDB(t, db) })
			wantSeen(t, db, "globex")
			for use, err := range usesOfConn(t, db) {
				switch {
				case !tt.hides && err != nil:
					t.Errorf("%s: %v", use, err)
				case !tt.hides:
				case !errors.Is(err, driver.ErrNotDocex) || !strings.Contains(err.Error(), "Raw() driver.Conn"):
					t.Errorf("%s: got %v, want %v and what to do", use, err, driver.ErrNotDocex)
				}
			}
			wantClean(t, db)
		})
	}
}

// usesOfConn does, as acme, everything that needs docex's connection, and returns the errors.
func usesOfConn(t *testing.T, db *sql.DB) map[string]error {
	t.Helper()
	ctx := as("acme")
	c := checkout(t, db)
	errs := map[string]error{}
	_, errs["CopyFrom"] = driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, pgx.CopyFromRows(nil))
	_, errs["CopyTo"] = driver.CopyTo(ctx, c, io.Discard, "docbasket", []string{"name"})
	errs["SendBatch"] = driver.SendBatch(ctx, c, texts("SELECT 1"))
	finish(t, c.Close())
	bound := driver.Bind(db, scope.UserContext{UserID: "u", TenantID: "acme"})
	defer bound.Close()
	_, errs["Bind"] = bound.Exec("SELECT 1")
	_, errs["Tenants"] = listed(ctx, db)
	return errs
}

// A handle of pgx's is told what it is, and no more.
func TestUnwrapPgx(t *testing.T) {
	for use, err := range usesOfConn(t, newWorld(t).admin) {
		if !errors.Is(err, driver.ErrNotDocex) || strings.Contains(err.Error(), "Raw") {
			t.Errorf("%s: got %v, want %v", use, err, driver.ErrNotDocex)
		}
	}
}
