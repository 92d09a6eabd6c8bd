package session

import (
	"fmt"
	"reflect"
	"testing"
)

// What the server refuses to prepare leaves nothing behind: a tenant may send any number of such texts.
func TestRefusedStatementsAreForgotten(t *testing.T) {
	w := newWorld(t)
	for _, mode := range modeNames {
		t.Run(mode, func(t *testing.T) {
			d := w.open(t, doorway{mode: mode, pin: pinSession})
			for i := range 20 {
				missing := fmt.Sprintf("SELECT text FROM missing%d WHERE text = $1", i)
				if err := d.exec(as("acme"), missing, "x"); err == nil {
					t.Fatal("there is such a table")
				}
				if err := d.prepare(as("acme"), missing, "x"); err == nil {
					t.Fatal("there is such a table")
				}
			}
			if got, err := d.query(as("acme"), "SELECT text FROM note WHERE text = $1", "acme"); err != nil || got != "acme" {
				t.Errorf("got %q, %v", got, err)
			}
			if n := reflect.ValueOf(d.filter).Elem().FieldByName("owners").Len(); n > 2 {
				t.Errorf("%d statements are remembered", n) // the last one, and the one without a name
			}
		})
	}
}
