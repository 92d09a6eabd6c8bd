package with

import (
	"database/sql"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	gormadapter "github.com/casbin/gorm-adapter/v3"
	"gorm.io/gorm"
)

const casbinModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`

// NewEnforcer returns casbin's enforcer for one tenant, on its gorm-adapter. An enforcer keeps the rules in memory, so
// each tenant needs one of its own. db is that tenant's, of driver.Bind.
//
// The adapter must not make its table: the tenant's DDL does. Its SavePolicy is refused, because it begins with
// TRUNCATE. AddPolicy and RemovePolicy store their changes without it.
func NewEnforcer(db *sql.DB) (*casbin.Enforcer, error) {
	g, err := openGorm(db, &gorm.Config{})
	if err != nil {
		return nil, err
	}
	gormadapter.TurnOffAutoMigrate(g.db)
	adapter, err := gormadapter.NewAdapterByDB(g.db)
	if err != nil {
		return nil, err
	}
	rules, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	return casbin.NewEnforcer(rules, adapter)
}
