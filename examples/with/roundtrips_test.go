package with

import (
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
)

// TestValuesInTheText: bun writes values into the text, and so does goqu unless told. In the default mode pgx has the
// server prepare each new text first. With default_query_exec_mode=exec it does not.
func TestValuesInTheText(t *testing.T) {
	db := newWorld(t)
	proxy := pgproxy.Start(t, db.AppDSN, 0)
	const oneText, textEach = "1 1 1", "2 2 2"
	for _, c := range []struct{ library, mode, want string }{
		{"bun", "cache_statement", textEach},
		{"bun", "exec", oneText},
		{"goqu, texts", "cache_statement", textEach},
		{"goqu, texts", "exec", oneText},
		{"goqu", "cache_statement", oneText},
		{"sqlx", "cache_statement", oneText},
	} {
		t.Run(c.library+" in "+c.mode, func(t *testing.T) {
			handle := open(t, with(t, proxy.DSN, "default_query_exec_mode", c.mode))
			handle.SetMaxOpenConns(1)
			store := opened(t, as("acme"), handle, storeNamed(t, c.library))
			var trips string
			for i := range 5 { // the first two set the connection up, and prepare what is the same each time
				seen, err := proxy.Record(func() error {
					_, err := store.Find(as("acme"), fmt.Sprint("author ", i), "draft")
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if i > 1 {
					trips += fmt.Sprint(" ", seen.RoundTrips)
				}
			}
			if trips != " "+c.want {
				t.Errorf("round trips:%s, want %s", trips, c.want)
			}
			turn(t, as("acme"), store, "ann", c.library)
		})
	}
}
