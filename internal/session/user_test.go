package session

import (
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5"
)

// Where tenants have no roles, a transaction with an isolation level of its own may follow another one in a checkout.
// The server is told of the user in front of it, and that is a look-up, behind which BEGIN may not choose a level.
func TestIsolationBehindTheUser(t *testing.T) {
	db := pgtest.NewDB(t)
	w := &world{DB: db, admin: db.Admin(t)}
	w.populate(t, provision.Config{AppRole: db.AppRole, NoTenantRoles: true})
	d := w.open(t, doorway{})
	for range 3 {
		op, err := d.Begin(as("acme"), Request{Op: "begin", BeginTx: true})
		if err != nil {
			t.Fatal(err)
		}
		tx, err := d.conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.Serializable})
		if err := d.End(t.Context(), op, err); err != nil {
			t.Fatal(err)
		}
		got, err := d.query(as("acme"), "SELECT who || ' ' || level FROM me")
		if got != "u-acme serializable" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if err := d.commit(tx); err != nil {
			t.Error(err)
		}
	}
}

// The server is told of a user once, and not again behind each transaction.
func TestUserIsToldOnce(t *testing.T) {
	w := newWorld(t)
	d := w.open(t, doorway{})
	update := func() {
		if err := d.exec(as("acme"), "UPDATE note SET text = text"); err != nil {
			t.Fatal(err)
		}
	}
	update()
	for range 2 {
		d.Release()
		tx, err := d.beginTx(as("acme"))
		if err != nil {
			t.Fatal(err)
		}
		update()
		if err := d.commit(tx); err != nil {
			t.Fatal(err)
		}
		d.tap.reset()
		update()
		if d.tap.holds("docex.user_id") || !d.tap.holds("UPDATE note") {
			t.Error("told again")
		}
	}
}
