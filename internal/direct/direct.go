// Package direct finds out whether the server is at the other end of a connection, or may be behind a pooler. Package
// session pins a session only where it is. [Prove] is the entry point.
//
// Promise: what is said to be direct is proved by what client and server see of the connection, on this host by the
// kernel. Not promised: that a connection which is not proved direct leads through anything.
package direct

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/docex/docex/internal/pgerr"
	"github.com/jackc/pgx/v5/pgconn"
)

// askWho asks a server process which process it is and what it sees of its connection. Over a Unix socket the addresses
// are NULL (PostgreSQL manual, 9.26 "System Information Functions").
const askWho = "SELECT pg_catalog.pg_backend_pid(), " +
	"pg_catalog.host(pg_catalog.inet_client_addr()), pg_catalog.inet_client_port(), " +
	"pg_catalog.host(pg_catalog.inet_server_addr()), pg_catalog.inet_server_port(), " + warmUp

// warmUp has the server collect what roles the login is a member of, which the first SET ROLE of a session needs. With
// 10,000 tenants that takes 0.3 to 0.4 s on PostgreSQL 15: better now, where the pool opens a connection, than in the
// first statement. From 16 on the memberships that allow SET are collected by themselves.
const warmUp = "pg_catalog.pg_has_role('pg_monitor', CASE WHEN " +
	"pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'MEMBER' ELSE 'SET' END)"

// Trust is for a connection that nobody has to prove. It does no more than what the first statement would wait for, so
// an error of the server's is none.
func Trust(ctx context.Context, pc *pgconn.PgConn) error {
	_, err := pc.Exec(ctx, "SELECT "+warmUp).ReadAll()
	if pgerr.IsAnswer(err) {
		return nil
	}
	return err
}

// Finding is what a connection shows.
type Finding struct {
	Direct bool   // it is proved to be direct
	Pooler bool   // a pooler has shown itself
	Why    string // the one, the other, or what is missing in the proof
}

// Prove finds out whether the server process is proved to be at the other end of this very connection, whose socket is
// c. Only then does a setting of the session stay with the client.
//
// The process id in the connection's key data proves nothing when it is the server's: pgagroal and Pgpool-II pass the
// server's key data on. A pooler can have the client's address and, by chance, port towards the server, when it runs on
// the client's host. The server's address or port is another one then.
func Prove(ctx context.Context, pc *pgconn.PgConn, c net.Conn) (Finding, error) {
	results, err := pc.Exec(ctx, askWho).ReadAll()
	if err != nil {
		return Finding{}, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || len(results[0].Rows[0]) != 6 {
		return Finding{}, errors.New("the server does not tell its process id")
	}
	row := results[0].Rows[0]
	pid := string(row[0])
	if key := strconv.FormatUint(uint64(pc.PID()), 10); pid != key {
		return Finding{Pooler: true,
			Why: fmt.Sprintf("a pooler: the server process is %s, and the connection's key data names %s", pid, key)}, nil
	}
	var f Finding
	if unix, ok := c.(*net.UnixConn); ok {
		f.Direct, f.Why = proveSocket(unix, pid)
	} else {
		f.Direct, f.Why = proveAddresses(c, row[1:])
		if f.Direct && isLoopback(c.RemoteAddr()) {
			f.Direct, f.Why = proveLoopback(f.Why, pid)
		}
	}
	return f, nil
}

// proveAddresses compares the socket's addresses with those that the server sees of the client and of itself.
func proveAddresses(c net.Conn, seen [][]byte) (direct bool, why string) {
	for i, end := range []struct {
		name string
		addr net.Addr
	}{{"client", c.LocalAddr()}, {"server", c.RemoteAddr()}} {
		saw := net.JoinHostPort(string(seen[2*i]), string(seen[2*i+1]))
		have, err := netip.ParseAddrPort(end.addr.String())
		if err != nil {
			return false, fmt.Sprintf("not proved direct: the %s's address %q is not one of TCP", end.name, end.addr)
		}
		if got, err := netip.ParseAddrPort(saw); err != nil || got != plain(have) {
			return false, fmt.Sprintf("not proved direct: the server sees %s as the %s's address, and the connection has %s",
				saw, end.name, plain(have))
		}
	}
	return true, "direct: client and server see the same two addresses"
}

// isLoopback: every host has this address, so that both ends name the same ones proves nothing where a tunnel leads
// from a pooler here to a server on another host.
func isLoopback(a net.Addr) bool {
	addr, err := netip.ParseAddrPort(a.String())
	return err == nil && addr.Addr().Unmap().IsLoopback()
}

// plain writes an address as the server does: without a zone, and IPv4 never inside IPv6.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
