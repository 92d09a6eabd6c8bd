// Package bound passes handles around.
package bound

import (
	"database/sql"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/docex/docex/vet/testdata/bound/store"
	"github.com/jmoiron/sqlx"
)

const q = "SELECT name FROM document"

type app struct {
	db       *sqlx.DB
	mixed    *sql.DB
	byTenant map[string]*sql.DB
	names    *sql.Stmt
	unset    *sql.DB
	q        *queries
}

// queries are filled by reflection.
//
//docex:bound
type queries struct {
	Lists *sqlx.Stmt // want Lists:"bound"
	Users *sqlx.Stmt // want Users:"bound"
}

func newApp(raw *sql.DB, uc scope.UserContext) (*app, error) {
	a := &app{db: sqlx.NewDb(driver.Bind(raw, uc), driver.Name), mixed: driver.Bind(raw, uc)}
	a.byTenant = map[string]*sql.DB{}
	a.byTenant[uc.TenantID] = driver.Bind(raw, uc)
	stmt, err := a.db.Prepare(q)
	if err != nil {
		return nil, err
	}
	a.names = stmt
	if uc.UserID == "" {
		a.mixed = raw
	}
	return a, nil
}

func (a *app) fields() {
	var names []string
	a.db.Select(&names, q)
	a.byTenant["acme"].Query(q)
	for _, db := range a.byTenant {
		db.Query(q)
	}
	a.names.Query()
	a.q.Lists.Get(&names)
	a.mixed.Query(q) // want `^context: `
	a.unset.Query(q) // want `^context: `
	tx := a.db.MustBegin()
	a.step(tx)
	a.db.Exec("LISTEN x") // want `^sql: statement-kind`
}

func (a *app) step(tx *sqlx.Tx) { tx.Exec(q) }

type embedding struct{ *sql.DB } // want DB:"bound"

func (e embedding) use() { e.Query(q) }

type plain struct{ *sql.DB }

func (e plain) use() { e.Query(q) } // want `^context: `

func helper(db *sql.DB) { db.Query(q) }

func deep(db *sql.DB, n int) {
	if n > 0 {
		deep(db, n-1)
	}
	helper(db)
}

func sometimes(db *sql.DB) { db.Query(q) } // want `^context: `

func handler(db *sql.DB) { db.Query(q) } // want `^context: `

func several(dbs ...*sql.DB) { dbs[0].Query(q) } // want `^context: `

// Exported may be called from anywhere.
func Exported(db *sql.DB) { db.Query(q) } // want `^context: `

func Marked(db *sql.DB) { db.Query(q) } //docex:bound

func open(raw *sql.DB, uc scope.UserContext) (*sql.DB, error) { return driver.Bind(raw, uc), nil }

func named(raw *sql.DB, uc scope.UserContext) (db *sql.DB, err error) {
	db, err = open(raw, uc)
	return
}

func either(raw *sql.DB, uc scope.UserContext) *sql.DB {
	if uc.TenantID == "" {
		return raw
	}
	return driver.Bind(raw, uc)
}

func use(raw *sql.DB, uc scope.UserContext, register func(func(*sql.DB))) {
	own := driver.Bind(raw, uc)
	deep(own, 3)
	sometimes(own)
	sometimes(raw)
	handler(own)
	register(handler)
	several(own)
	Exported(own)
	embedding{own}.use()
	plain{raw}.use()

	db, _ := open(raw, uc)
	db.Query(q)
	db, _ = named(raw, uc)
	db.Query(q)
	either(raw, uc).Query(q) // want `^context: `

	get := func() *sql.DB { return own }
	get().Query(q)
	func(db *sql.DB) { db.Query(q) }(own)
	each := func(db *sql.DB) { db.Query(q) }
	each(own)
	register(func(db *sql.DB) { db.Query(q) }) // want `^context: `

	handle := raw
	if uc.TenantID != "" {
		handle = driver.Bind(own, uc)
	}
	handle.Query(q) // want `^context: `

	kept := own
	point(&kept)
	kept.Query(q) // want `^context: `
}

func again(raw *sql.DB, uc scope.UserContext) {
	raw = driver.Bind(raw, uc)
	raw.Query(q)
}

func point(**sql.DB) {}

func imported(raw *sql.DB, uc scope.UserContext, s *store.Store) {
	store.New(raw, uc).Bound.Query(q)
	s.Bound.Query(q)
	s.DB().Query(q)
	s.Marked.Query(q)
	s.Plain.Query(q)          // want `^context: `
	store.Plain(raw).Query(q) // want `^context: `
	store.Named(nil).Query(q)
}
