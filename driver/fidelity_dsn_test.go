package driver_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A DSN leads docex where it leads pgx: to the first of several hosts that answers and suits, over TLS or not at all.
func TestHostsAndTLSAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	secure, ca := tlsServer(t, host(t, w.AppDSN))
	closed := closedPort(t)
	cases := []struct {
		hosts  []string
		params []string
	}{
		{[]string{"live"}, []string{"sslmode", "disable"}},
		{[]string{"live"}, []string{"sslmode", "allow"}},
		{[]string{"live"}, []string{"sslmode", "prefer"}},
		{[]string{"live"}, []string{"sslmode", "require"}},
		{[]string{"closed"}, nil},
		{[]string{"closed", "live"}, nil},
		{[]string{"live", "closed"}, []string{"target_session_attrs", "any"}},
		{[]string{"closed", "live"}, []string{"target_session_attrs", "read-write"}},
		{[]string{"live", "live"}, []string{"target_session_attrs", "primary"}},
		{[]string{"live", "closed"}, []string{"target_session_attrs", "read-only"}},
		{[]string{"live"}, []string{"target_session_attrs", "standby"}},
		{[]string{"live", "live"}, []string{"target_session_attrs", "prefer-standby"}},
		{[]string{"secure"}, []string{"sslmode", "disable"}},
		{[]string{"secure"}, []string{"sslmode", "prefer"}},
		{[]string{"secure"}, []string{"sslmode", "require"}},
		{[]string{"secure"}, []string{"sslmode", "require", "sslnegotiation", "direct"}},
		{[]string{"secure"}, []string{"sslmode", "verify-ca", "sslrootcert", ca}},
		{[]string{"secure"}, []string{"sslmode", "verify-full", "sslrootcert", ca}},
		{[]string{"closed", "secure"}, []string{"sslmode", "verify-full"}},
		{[]string{"live", "secure"}, []string{"sslmode", "require"}},
	}
	for _, c := range cases {
		u, err := url.Parse(w.AppDSN)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = ""
		for i, h := range c.hosts {
			if i > 0 {
				u.Host += ","
			}
			u.Host += map[string]string{"live": host(t, w.AppDSN), "closed": closed, "secure": secure}[h]
		}
		there := w.through(u.String())
		params := append([]string{"connect_timeout", "10"}, c.params...)
		var want, got transcript
		for l, db := range map[*transcript]queryer{&want: there.pgxAs(t, role, 1, params...), &got: there.open(t, 1, params...)} {
			var name string
			err := db.QueryRowContext(as("acme"), "SELECT name FROM docbasket WHERE name = $1", "acme").Scan(&name)
			l.err("query", err)
			_, err = db.ExecContext(as("acme"), "UPDATE kinds SET t = '' WHERE id = 2")
			l.err("exec", err)
		}
		if len(want.lines) != len(got.lines) || want.lines[0] != got.lines[0] || want.lines[1] != got.lines[1] {
			t.Errorf("%v %v:\npgx   %q\ndocex %q", c.hosts, c.params, want.lines, got.lines)
		}
	}
}

// Settings that a server takes at connect reach it as with pgx, and come back with every pin.
func TestSettingsInDSNAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	cfg := testConfig
	shown := []string{"timezone", "datestyle", "intervalstyle", "bytea_output", "extra_float_digits", "application_name",
		"statement_timeout", "default_transaction_isolation", "default_transaction_read_only"}
	cfg.Policy.AllowSettings = shown
	for _, params := range [][]string{
		{"timezone", "Asia/Kolkata", "datestyle", "German,DMY"}, {"intervalstyle", "iso_8601", "bytea_output", "escape"},
		{"extra_float_digits", "0", "application_name", "fidelity"}, {"statement_timeout", "12345"},
		{"default_transaction_isolation", "serializable"}, {"default_transaction_read_only", "on"},
	} {
		want, got := transcript{w: w}, transcript{w: w}
		plain, db := w.pgxAs(t, role, 1, params...), w.openConnector(t, 1, w.connector(t, cfg, params...))
		for range 2 {
			want.afterGlobex(plain)
			got.afterGlobex(db)
			for l, q := range map[*transcript]queryer{&want: plain, &got: db} {
				for _, name := range shown {
					var v string
					l.err(name, q.QueryRowContext(as("acme"), "SHOW "+name).Scan(&v))
					l.add("%s", v)
				}
				var tst, iv, by, f4, n string
				l.err("row", q.QueryRowContext(as("acme"), "SELECT tst::text, iv::text, by::text, f4::text, 0.1::float8::text FROM kinds WHERE id = 1").
					Scan(&tst, &iv, &by, &f4, &n))
				l.add("%s %s %s %s %s", tst, iv, by, f4, n)
				_, err := q.ExecContext(as("acme"), "UPDATE kinds SET t = '' WHERE id = 2")
				l.err("write", err)
			}
		}
		for i := range want.lines {
			if want.lines[i] != got.lines[i] {
				t.Errorf("%v: pgx %q, docex %q", params, want.lines[i], got.lines[i])
			}
		}
	}
}

func host(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func closedPort(t *testing.T) string {
	t.Helper()
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // closed twice by some
	return l
}

// tlsServer puts TLS in front of a server, and returns where, and the file of its certificate. It does what PostgreSQL
// does: TLS on request, or at once if that is how the client begins; and no server needs to be set up for it.
func tlsServer(t *testing.T, server string) (addr, ca string) {
	t.Helper()
	cert, ca := certificate(t)
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"postgresql"}}
	l := listen(t)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go serveTLS(client, server, cfg)
		}
	}()
	return l.Addr().String(), ca
}

func serveTLS(client net.Conn, server string, cfg *tls.Config) {
	back, err := net.Dial("tcp", server)
	if err != nil {
		_ = client.Close() // the client reports it
		return
	}
	first := make([]byte, 8)
	if _, err := io.ReadFull(client, first); err != nil {
		_, _ = client.Close(), back.Close()
		return
	}
	const handshake = 0x16
	sslRequest := string([]byte{0, 0, 0, 8, 4, 210, 22, 47})
	same := func(b []byte) []byte { return b }
	var front net.Conn
	switch {
	case string(first) == sslRequest:
		_, _ = client.Write([]byte("S")) // a client that is gone ends below
		front = tls.Server(client, cfg)
	case first[0] == handshake:
		front = tls.Server(replay{client, io.MultiReader(bytes.NewReader(first), client)}, cfg)
	default: // without TLS
		front = client
		_, _ = back.Write(first) // a server that is gone ends below
	}
	go forward(back, front, same)
	forward(front, back, same)
}

// replay is a connection of which the beginning has been read.
type replay struct {
	net.Conn
	r io.Reader
}

func (c replay) Read(p []byte) (int, error) { return c.r.Read(p) }

// certificate makes one for 127.0.0.1, signed by itself, and writes it to a file.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
