package session

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMajorVersion(t *testing.T) {
	for reported, want := range map[string]int{
		"15.18 (Debian 15.18-0+deb12u1)": 15, "18.4": 18, "14.23": 14, "19devel": 19, "17beta1": 17, "": 0, "CockroachDB": 0,
	} {
		if got := majorVersion(reported); got != want {
			t.Errorf("majorVersion(%q) = %d, want %d", reported, got, want)
		}
	}
}

// Sessions are pinned over a connection of the test's own kind, and why is told.
func TestOpenProvesDirect(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		pin  string
		mode string
		why  string
	}{
		{"", "session", "direct: "}, {pinSession, "session", "docex_pin=session"},
		{pinTransaction, "transaction", "docex_pin=transaction"},
	} {
		mode, why := w.open(t, doorway{pin: tt.pin}).Pinning()
		if mode != tt.mode || !strings.HasPrefix(why, tt.why) {
			t.Errorf("pin mode %q: %s, %s", tt.pin, mode, why)
		}
	}
}

// A filter that can be gone past vouches for nothing: without a gate under it the connection is refused.
func TestNoGate(t *testing.T) {
	w := newWorld(t)
	config, err := pgx.ParseConfig(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	filter := Wire(config)
	config.DialFunc = (&net.Dialer{}).DialContext // in place of the one that puts the gate in
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := NewShared(Config{}).Open(t.Context(), conn, filter()); !errors.Is(err, errNoGate) {
		t.Errorf("got %v", err)
	}
}
