package driver_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

// An argument that a planner extension could take for a hint is refused where it would become part of the text, and
// costs nothing else. Elsewhere it is a value like any other.
func TestHintAsArgument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		c := w.connector(t, testConfig, mode...)
		db := w.openConnector(t, 1, c)
		for _, value := range []any{"a glob /*+.txt", []byte("/*+ Set(role x) */")} {
			tx, err := db.BeginTx(as("acme"), nil)
			finish(t, err)
			var got string
			err = tx.QueryRowContext(as("acme"), "SELECT $1::text", value).Scan(&got)
			if simple := mode[1] == "simple_protocol"; simple != errors.Is(err, driver.ErrUnsafeArgument) ||
				!simple && err != nil {
				t.Errorf("%s: %q, %v", value, got, err)
			}
			finish(t, tx.QueryRowContext(as("acme"), "SELECT $1::text", "and on").Scan(&got))
			finish(t, tx.Commit())
			b := &pgx.Batch{}
			b.Queue("SELECT $1::text", value)
			sc := checkout(t, db)
			if err := driver.SendBatch(as("acme"), sc, b); (mode[1] == "simple_protocol") != (err != nil) {
				t.Errorf("%s in a batch: %v", value, err)
			}
			finish(t, sc.Close())
		}
		if n := c.Stats().Retired; n != 0 {
			t.Errorf("%d connections were closed", n)
		}
	})
}
