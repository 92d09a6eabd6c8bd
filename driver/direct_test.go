package driver_test

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
)

// Sessions are pinned where the connection is proved to be direct, and transactions everywhere else.
func TestPinning(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, dsn  string
		params     []string
		mode, says string
	}{
		{"direct", w.AppDSN, nil, "session", "direct: "},
		{"Unix socket", overSocket(t, w), nil, "session", "direct: "},
		{"address translated", pgproxy.Start(t, w.AppDSN, 0).DSN, nil, "transaction", "not proved direct: the server sees "},
		{"PgBouncer", w.Pooler(t, "transaction", 1), nil, "transaction", "a pooler: "},
		{"on the operator's word", pgproxy.Start(t, w.AppDSN, 0).DSN, []string{"docex_pin", "session"}, "session", "docex_pin=session"},
		{"on request", w.AppDSN, []string{"docex_pin", "transaction"}, "transaction", "docex_pin=transaction"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := w.openConnector(t, 1, w.connectorTo(t, tt.dsn, tt.params...))
			mode, why := pinning(t, db)
			if mode != tt.mode || !strings.HasPrefix(why, tt.says) {
				t.Errorf("pins the %s, because %q; want the %s, because %q…", mode, why, tt.mode, tt.says)
			}
			wantClean(t, db)
		})
	}
}

// pinning asks a connection of db what it pins.
func pinning(t *testing.T, db *sql.DB) (mode, why string) {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	finish(t, c.Raw(func(dc any) error {
		mode, why = dc.(interface{ Pinning() (mode, why string) }).Pinning()
		return nil
	}))
	return mode, why
}

// overSocket returns the DSN of a Unix socket to the server of w.
func overSocket(t *testing.T, w *world) string {
	t.Helper()
	var dir string
	if err := w.admin.QueryRow("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("host", dir)
	q.Set("port", u.Port())
	u.Host, u.RawQuery = "", q.Encode()
	return u.String()
}
