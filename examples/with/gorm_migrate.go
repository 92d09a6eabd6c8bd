package with

import (
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// MigrateGorm has GORM make a tenant's tables, or change them. The DSN is the administrator's, with the tenant's schema
// as its search_path: a tenant has no right to create tables, and PostgreSQL shows it no keys.
//
// Tenants are created with provision.NoDDL then. After each migration provision.Provisioner.Reseal records what the
// tenant has.
func MigrateGorm(adminDSN string) error {
	//docex:admin tenants create no tables
	g, err := gorm.Open(postgres.Open(adminDSN), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return err
	}
	db, err := g.DB()
	if err != nil {
		return err
	}
	defer db.Close()
	return g.AutoMigrate(&gormAuthor{}, &gormDocument{})
}
