package direct

import (
	"net"
	"strings"
	"testing"
)

// ends is a connection of which nothing but the addresses is known.
type ends struct {
	net.Conn
	local, remote net.Addr
}

func (e ends) LocalAddr() net.Addr  { return e.local }
func (e ends) RemoteAddr() net.Addr { return e.remote }

func tcp(ip string, port int, zone string) net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(ip), Port: port, Zone: zone}
}

// saw is what the server answers: hosts without a zone, and ports. NULL is "".
func saw(t *testing.T, addresses string) (row [][]byte) {
	t.Helper()
	for _, value := range strings.Fields(addresses) {
		row = append(row, []byte(strings.TrimPrefix(value, "NULL")))
	}
	if len(row) != 4 {
		t.Fatalf("%q: %d values", addresses, len(row))
	}
	return row
}

// A connection is direct when client and server see the same two addresses and ports, and in no other case.
func TestProveAddresses(t *testing.T) {
	const mine = "10.0.0.5 40000 10.0.0.9 5432"
	local, remote := tcp("10.0.0.5", 40000, ""), tcp("10.0.0.9", 5432, "")
	for _, tt := range []struct {
		name          string
		local, remote net.Addr
		seen          string
		direct        bool
	}{
		{"the same", local, remote, mine, true},
		{"IPv4 inside IPv6 here", tcp("::ffff:10.0.0.5", 40000, ""), tcp("::ffff:10.0.0.9", 5432, ""), mine, true},
		{"IPv6", tcp("2001:db8::5", 40000, ""), tcp("2001:db8::9", 5432, ""), "2001:db8::5 40000 2001:db8::9 5432", true},
		{"IPv6, written in another way", tcp("2001:db8::5", 40000, ""), tcp("2001:db8::9", 5432, ""),
			"2001:0db8:0:0::5 40000 2001:DB8::9 5432", true},
		{"IPv6 with a zone", tcp("fe80::5", 40000, "eth0"), tcp("fe80::9", 5432, "eth0"), "fe80::5 40000 fe80::9 5432", true},
		{"another client's port", local, remote, "10.0.0.5 40001 10.0.0.9 5432", false},
		{"another client's address", local, remote, "10.0.0.6 40000 10.0.0.9 5432", false},
		{"another server's port", local, remote, "10.0.0.5 40000 10.0.0.9 5433", false},
		{"another server's address", local, remote, "10.0.0.5 40000 10.0.0.8 5432", false},
		{"the two ends swapped", local, remote, "10.0.0.9 5432 10.0.0.5 40000", false},
		{"translated on the way", local, remote, "172.17.0.1 55555 172.17.0.2 5432", false},
		{"a Unix socket there", local, remote, "NULL NULL NULL NULL", false},
		{"no port", local, remote, "10.0.0.5 NULL 10.0.0.9 NULL", false},
		{"no address", local, remote, "x 40000 y 5432", false},
		{"IPv4 inside IPv6 there", local, remote, "::ffff:10.0.0.5 40000 ::ffff:10.0.0.9 5432", false}, // no server says that
		{"no TCP here", &net.UnixAddr{Name: "/tmp/.s.PGSQL.5432"}, remote, mine, false},
		{"a pipe", pipeAddr{}, pipeAddr{}, mine, false},
	} {
		direct, why := proveAddresses(ends{local: tt.local, remote: tt.remote}, saw(t, tt.seen))
		want := "not proved direct: "
		if tt.direct {
			want = "direct: "
		}
		if direct != tt.direct || !strings.HasPrefix(why, want) {
			t.Errorf("%s: %t, %s", tt.name, direct, why)
		}
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

func TestIsLoopback(t *testing.T) {
	for addr, want := range map[net.Addr]bool{
		tcp("127.0.0.1", 1, ""): true, tcp("127.9.9.9", 1, ""): true, tcp("::1", 1, ""): true,
		tcp("::ffff:127.0.0.1", 1, ""): true, tcp("10.0.0.1", 1, ""): false, tcp("::", 1, ""): false, pipeAddr{}: false,
	} {
		if got := isLoopback(addr); got != want {
			t.Errorf("%s: %t", addr, got)
		}
	}
}
