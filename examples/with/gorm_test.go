package with

import (
	"net/url"
	"testing"

	"gorm.io/gorm"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// with puts a parameter into a DSN.
func with(t *testing.T, dsn, name, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// TestGormMigrates: the administrator has GORM make the tables, twice, and the tenant works with them.
func TestGormMigrates(t *testing.T) {
	db := pgtest.NewDB(t)
	p := provisioned(t, db, provision.NoDDL(), "acme")
	for range 2 {
		if err := MigrateGorm(with(t, db.AdminDSN, "search_path", "tenant_acme")); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Reseal(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	turn(t, as("acme"), opened(t, as("acme"), open(t, db.AppDSN), NewGorm), "ann", "acme")
}

// TestGormIntrospects: a tenant cannot migrate, and is told so before it is told something wrong about its tables.
func TestGormIntrospects(t *testing.T) {
	dsn := newWorld(t).AppDSN
	migrator := func(dsn string) gorm.Migrator {
		g, err := openGorm(driver.Bind(open(t, dsn), user("acme")), &gorm.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return g.db.Migrator()
	}
	strict, orm := migrator(dsn), migrator(with(t, dsn, "docex_catalog", "orm"))
	if strict.HasTable("document") {
		t.Error("GORM passes on what the catalogs say, although they are closed") // as docs/works-with.md says
	}
	refused(t, strict.AutoMigrate(&gormDocument{}), guard.RuleStatementKind)
	if !orm.HasTable("document") || !orm.HasColumn(&gormDocument{}, "title") ||
		!orm.HasIndex("document", "document_pkey") {
		t.Error("at level orm GORM does not see tables, columns and indexes")
	}
	_, err := orm.ColumnTypes(&gormDocument{})
	refused(t, err, guard.RuleSystemCatalog)
	refused(t, orm.AutoMigrate(&gormDocument{}), guard.RuleSystemCatalog)
}

// TestCasbin: each tenant has its own rules, stored and in memory.
func TestCasbin(t *testing.T) {
	db := open(t, newWorld(t).AppDSN)
	for _, tenant := range tenants {
		bound := driver.Bind(db, user(tenant))
		defer bound.Close()
		rules, err := NewEnforcer(bound)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rules.AddPolicy("ann", tenant+"'s plan", "read"); err != nil {
			t.Fatal(err)
		}
		again, err := NewEnforcer(bound)
		if err != nil {
			t.Fatal(err)
		}
		for _, owner := range tenants {
			allowed, err := again.Enforce("ann", owner+"'s plan", "read")
			if err != nil || allowed != (owner == tenant) {
				t.Errorf("%s reads %s's plan: %v, %v", tenant, owner, allowed, err)
			}
		}
		refused(t, rules.SavePolicy(), guard.RuleStatementKind)
		if removed, err := rules.RemovePolicy("ann", tenant+"'s plan", "read"); err != nil || !removed {
			t.Errorf("remove: %v, %v", removed, err)
		}
	}
}
