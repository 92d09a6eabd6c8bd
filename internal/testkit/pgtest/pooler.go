package pgtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Pooler starts a PgBouncer in front of the database, in one of its pool modes ("session", "transaction"), with pools
// of size server connections. It returns the application's DSN through it. The pooler ends with the test.
//
// A machine without PgBouncer skips the test, but not in CI.
func (d *DB) Pooler(t testing.TB, mode string, size int) string {
	t.Helper()
	bin := findPooler(t)
	app, err := url.Parse(d.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := app.User.Password()
	port := freePort(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "users.txt"), fmt.Sprintf("%q %q\n", d.AppRole, password))
	write(t, filepath.Join(dir, "pgbouncer.ini"), strings.Join([]string{
		"[databases]",
		fmt.Sprintf("%s = host=%s port=%s dbname=%s", d.Name, app.Hostname(), app.Port(), d.Name),
		"[pgbouncer]",
		"listen_addr = 127.0.0.1",
		"listen_port = " + port,
		"unix_socket_dir =",
		"auth_type = scram-sha-256",
		"auth_file = " + filepath.Join(dir, "users.txt"),
		"pool_mode = " + mode,
		fmt.Sprintf("default_pool_size = %d", size),
		"",
	}, "\n"))
	runPooler(t, bin, dir)
	app.Host = net.JoinHostPort("127.0.0.1", port)
	return app.String()
}

func findPooler(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin
		}
	}
	Missing(t, "pgtest: PgBouncer is not installed (Debian: apt-get install pgbouncer)")
	return ""
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// leash runs the pooler for as long as standard input is open, however the test ends.
const leash = `"$@" & p=$!; read -r _; kill -INT "$p"; wait "$p"`

// runPooler returns when the pooler says that it is up.
func runPooler(t testing.TB, bin, dir string) {
	t.Helper()
	args := []string{"-c", leash, "pooler", bin}
	if os.Geteuid() == 0 { // PgBouncer refuses to run as root
		args = append(args, "-u", "nobody")
	}
	cmd := exec.Command("/bin/sh", append(args, filepath.Join(dir, "pgbouncer.ini"))...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	up, ended := make(chan struct{}), make(chan string)
	go func() { ended <- follow(stderr, up) }()
	t.Cleanup(func() {
		_ = stdin.Close() // the end of the leash
		<-ended
		_ = cmd.Wait() // it was interrupted, and says so
	})
	select {
	case <-up:
	case log := <-ended:
		go func() { ended <- log }() // for the cleanup
		t.Fatalf("pgtest: PgBouncer did not start:\n%s", log)
	}
}

// follow reads the pooler's log to its end, closes up at the line that says it accepts connections, and returns what was
// written before.
func follow(log io.Reader, up chan<- struct{}) string {
	var before strings.Builder
	lines := bufio.NewScanner(log)
	for isUp := false; lines.Scan(); {
		if isUp {
			continue
		}
		if isUp = strings.Contains(lines.Text(), "process up:"); isUp {
			close(up)
		}
		before.WriteString(lines.Text() + "\n")
	}
	return before.String()
}

// freePort returns a port that nobody listens on at this moment.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
