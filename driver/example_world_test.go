package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// appDSN is what a program has in its configuration: how the application logs in. In the Examples it leads to a
// database with the tenants acme and globex. Each has one row in docbasket, named after it, and no other rows.
func appDSN() string {
	db := exampleDB()
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		panic(err)
	}
	defer admin.Close()
	for _, tenant := range exampleTenants {
		anew := "TRUNCATE tenant_%[1]s.docbasket CASCADE; INSERT INTO tenant_%[1]s.docbasket (name) VALUES ('%[1]s')"
		if _, err := admin.Exec(fmt.Sprintf(anew, tenant)); err != nil {
			panic(err)
		}
	}
	return db.AppDSN
}

var exampleTenants = []string{"acme", "globex"}

// exampleDB is all Examples' one database.
var exampleDB = sync.OnceValue(func() *pgtest.DB {
	db := pgtest.NewExampleDB()
	if err := populateForExamples(db); err != nil {
		panic(err)
	}
	return db
})

func populateForExamples(db *pgtest.DB) error {
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		return err
	}
	defer admin.Close()
	p, err := provision.New(admin, onto(db, provision.Config{}))
	if err != nil {
		return err
	}
	ctx := context.Background()
	err = p.Init(ctx)
	for _, tenant := range exampleTenants {
		_, failed := p.Create(ctx, provision.Tenant{ID: tenant})
		err = errors.Join(err, failed)
	}
	return err
}

// passwordOfNow is the password that a secret store would give.
func passwordOfNow(context.Context) (string, error) {
	u, err := url.Parse(appDSN())
	if err != nil {
		return "", err
	}
	password, _ := u.User.Password()
	return password, nil
}
