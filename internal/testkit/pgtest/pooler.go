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

// Pooler is [DB.StartPooler] for tests that need no more than the way: it returns the application's DSN through it.
func (d *DB) Pooler(t testing.TB, mode string, size int) string {
	t.Helper()
	return d.StartPooler(t, mode, size).DSN
}

// Pooler is a PgBouncer. Its methods are for one goroutine at a time.
type Pooler struct {
	DSN string // the application's, through it

	bin, dir string
	leash    io.Closer // closing it, or the test program's end, kills the pooler
	ended    chan struct{}
	log      string // what it wrote until it was up, and last of all; not before ended is closed
}

// StartPooler starts a PgBouncer in front of the database, in one of its pool modes ("session", "transaction"), with
// pools of size server connections. The pooler ends with the test.
//
// A machine without PgBouncer skips the test, but not in CI.
func (d *DB) StartPooler(t testing.TB, mode string, size int) *Pooler {
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
		"server_login_retry = 1", // seconds, after the server was restarted
		"",
	}, "\n"))
	app.Host = net.JoinHostPort("127.0.0.1", port)
	p := &Pooler{DSN: app.String(), bin: bin, dir: dir}
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// Ended reports that the pooler has ended by itself, and what it wrote last.
func (p *Pooler) Ended() (last string, ended bool) {
	select {
	case <-p.ended:
		return p.log, true
	default:
		return "", false
	}
}

// Restart kills the pooler, unless it has ended, and starts it again on the same port.
func (p *Pooler) Restart() error {
	p.kill()
	return p.run()
}

func (p *Pooler) kill() {
	_ = p.leash.Close() // fails when that was done before
	<-p.ended
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

// leash runs the pooler until it ends by itself, or standard input does, however the test ends.
const leash = `exec 3<&0; "$@" 3<&- & p=$!; { read -r _ <&3; kill -KILL "$p"; } & wait "$p"; kill "$!"`

// run returns when the pooler says that it is up.
func (p *Pooler) run() error {
	args := []string{"-c", leash, "pooler", p.bin}
	if os.Geteuid() == 0 { // PgBouncer refuses to run as root
		args = append(args, "-u", "nobody")
	}
	cmd := exec.Command("/bin/sh", append(args, filepath.Join(p.dir, "pgbouncer.ini"))...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	up := make(chan struct{})
	p.leash, p.ended = stdin, make(chan struct{})
	go func() {
		p.log = follow(stderr, up)
		_ = cmd.Wait() // it was killed, or has ended for a reason that is in the log
		close(p.ended)
	}()
	select {
	case <-up:
		return nil
	case <-p.ended:
		return fmt.Errorf("pgtest: PgBouncer did not start:\n%s", p.log)
	}
}

// follow reads the pooler's log to its end, closes up at the line that says it accepts connections, and returns what
// was written before, and the last line.
func follow(log io.Reader, up chan<- struct{}) string {
	var before strings.Builder
	last, isUp := "", false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if last = lines.Text(); isUp {
			continue
		}
		before.WriteString(last + "\n")
		if isUp = strings.Contains(last, "process up:"); isUp {
			close(up)
		}
	}
	return before.String() + last
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
