package driver_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// asUser returns a context for one of acme's users.
func asUser(user string) context.Context {
	return scope.With(context.Background(), scope.UserContext{UserID: user, TenantID: "acme"})
}

// newWorldWithoutRoles returns a database whose only tenant, acme, has no role.
func newWorldWithoutRoles(t *testing.T) *world {
	t.Helper()
	w := &world{DB: pgtest.NewDB(t)}
	w.admin = w.Admin(t)
	var err error
	w.prov, err = provision.New(w.admin, onto(w.DB, provision.Config{NoTenantRoles: true}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.prov.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.prov.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// PostgreSQL wants to know the isolation level before a transaction's first query. What tells the session of its user
// is one, and comes before BEGIN or behind SET TRANSACTION.
func TestIsolationLevelsOfManyUsers(t *testing.T) {
	serializable := &sql.TxOptions{Isolation: sql.LevelSerializable}
	for name, db := range map[string]*sql.DB{
		"roles":    newWorld(t).open(t, 1, "docex_pin", "session"),
		"no roles": newWorldWithoutRoles(t).open(t, 1, "docex_pin", "session"),
	} {
		t.Run(name, func(t *testing.T) {
			c := checkout(t, db)
			defer c.Close()
			for _, user := range []string{"ann", "ann", "bob", "ann"} {
				tx, err := c.BeginTx(asUser(user), serializable)
				if err != nil {
					t.Fatalf("%s: BeginTx: %v", user, err)
				}
				wantSerializable(t, tx, user)
				finish(t, tx.Commit())
				execAll(t, c, asUser(user), "BEGIN ISOLATION LEVEL SERIALIZABLE")
				wantSerializable(t, c, user)
				execAll(t, c, asUser(user), "COMMIT", "BEGIN")
				execAll(t, c, asUser(user+"'s deputy"), "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
				wantSerializable(t, c, user)
				execAll(t, c, asUser(user), "ROLLBACK")
			}
		})
	}
}

func wantSerializable(t *testing.T, q queryer, user string) {
	t.Helper()
	var level string
	err := q.QueryRowContext(asUser(user), "SHOW transaction_isolation").Scan(&level)
	if err != nil || level != "serializable" {
		t.Errorf("%s: %q, %v", user, level, err)
	}
}
