package with

import (
	"context"
	"database/sql"
	_ "embed"
	"io/fs"
	"testing"

	_ "github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

//go:embed schema.sql
var ddl string

var tenants = []string{"acme", "globex"}

// newWorld returns a database with two tenants of the same DDL.
func newWorld(t *testing.T) *pgtest.DB {
	t.Helper()
	return pgtest.NewDBFrom(t, "two tenants", func(db *pgtest.DB) {
		provisioned(t, db, provision.DDLString(ddl), tenants...)
	})
}

// provisioned sets a database up, with tenants of a DDL.
func provisioned(t *testing.T, db *pgtest.DB, ddl fs.FS, tenants ...string) *provision.Provisioner {
	t.Helper()
	p, err := provision.New(db.Admin(t), provision.Config{AppRole: db.AppRole, DDL: ddl})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: tenant}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// open returns a handle for all tenants. It has two connections, so that each serves both tenants.
func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("docex", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(2)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func user(tenant string) scope.UserContext {
	return scope.UserContext{UserID: "ann@" + tenant, TenantID: tenant}
}

func as(tenant string) context.Context { return scope.With(context.Background(), user(tenant)) }
