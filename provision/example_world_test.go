package provision_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
	"sync"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// exampleDDL is what the tenants of the Examples have.
const exampleDDL = `
CREATE TABLE document (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE log (day date NOT NULL, line text NOT NULL) PARTITION BY RANGE (day);`

// database returns the administrator's handle on an empty database of the Example's own, and the role that the
// application logs in as. A program has both in its configuration.
func database() (admin *sql.DB, appRole string) {
	db := pgtest.NewExampleDB()
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		panic(err)
	}
	return admin, db.AppRole
}

// provisioner returns what New returns, for a database with the tenants acme and globex. Examples leave it as it is.
func provisioner() *provision.Provisioner {
	_, p := installed()
	return p
}

// installed is provisioner for Examples that look at the database.
func installed() (*sql.DB, *provision.Provisioner) {
	shared := sharedInstallation()
	return shared.db, shared.p
}

type installation struct {
	db *sql.DB
	p  *provision.Provisioner
}

var sharedInstallation = sync.OnceValue(func() installation {
	db, p := administered("acme", "globex")
	return installation{db, p}
})

// administered is installed for an Example that changes what others would see: the database is its own, with these
// tenants.
func administered(tenants ...string) (*sql.DB, *provision.Provisioner) {
	admin, role := database()
	p, err := provision.New(admin, provision.Config{
		AppRole: role, DDL: provision.DDLString(exampleDDL), DDLVersion: "1"})
	if err != nil {
		panic(err)
	}
	if err := p.Init(context.Background()); err != nil {
		panic(err)
	}
	for _, id := range tenants {
		if _, err := p.Create(context.Background(), provision.Tenant{ID: id}); err != nil {
			panic(err)
		}
	}
	return admin, p
}

// secondLogin makes a role that the application could log in as.
func secondLogin(admin *sql.DB) (name string, drop func()) {
	name = "docex_app_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE ROLE " + name + " LOGIN NOINHERIT PASSWORD 'sesame'"); err != nil {
		panic(err)
	}
	return name, func() {
		if _, err := admin.Exec("DROP OWNED BY " + name + "; DROP ROLE " + name); err != nil {
			panic(err)
		}
	}
}
