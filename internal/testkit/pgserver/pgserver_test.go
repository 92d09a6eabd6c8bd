package pgserver

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestStartStop(t *testing.T) {
	t.Setenv(EnvURL, "")
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Version() < minMajor*10000 {
		t.Errorf("version %d", s.Version())
	}
	dir := filepath.Dir(ask(t, s, "SHOW data_directory"))
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the server's directory: %v, %v, want one that only its owner may enter", info, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "password")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file with the password: %v, want none", err)
	}
	u, _ := url.Parse(s.DSN("postgres"))
	u.User = url.UserPassword("postgres", "postgres")
	if _, err := askVersion(t.Context(), u.String()); err == nil {
		t.Error("other users of this machine can log in")
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Error("second Stop:", err)
	}
	gone(t, dir, s.DSN("postgres"))
}

func TestSettings(t *testing.T) {
	s, err := StartOwn(t.Context(), "work_mem=5MB", "log_line_prefix=%d ")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	for name, want := range map[string]string{"work_mem": "5MB", "log_line_prefix": "%d "} {
		if got := ask(t, s, "SHOW "+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestExternalServer(t *testing.T) {
	ours := start(t)
	t.Setenv(EnvURL, ours.DSN("postgres")+"&dbname=elsewhere") // wins over the path in pgx
	if _, err := Start(t.Context()); err == nil {
		t.Error("connected to a database that does not exist")
	}
	t.Setenv(EnvURL, ours.DSN("postgres")+"&dbname=postgres")
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "SELECT current_database()"); got != "template1" {
		t.Errorf("DSN leads to %s", got)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := askVersion(t.Context(), ours.DSN("postgres")); err != nil {
		t.Error("Stop has stopped a server that is not ours:", err)
	}
}

func TestExternalServerRefused(t *testing.T) {
	for name, dsn := range map[string]string{
		"not a URL":   "host=127.0.0.1 password=hunter2",
		"malformed":   "postgres://u:hunter2@[::1/db",
		"unreachable": "postgres://u:hunter2@127.0.0.1:1/db",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(EnvURL, dsn)
			_, err := Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), EnvURL) {
				t.Errorf("%v, want an error that names %s", err, EnvURL)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v: the password shows", err)
			}
		})
	}
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := launchOn(t.Context(), programs(t), l.Addr().(*net.TCPAddr).Port); !errors.Is(err, errPortTaken) {
		t.Errorf("%v, want %v", err, errPortTaken)
	}
}

func TestStartCancelled(t *testing.T) {
	temp := emptyTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := launch(ctx, programs(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Root's TMPDIR can be of no use to the user that the server runs as.
func TestPrivateTemp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // which lies in a folder that only this user may enter
	s := start(t)
	inside := strings.HasPrefix(ask(t, s, "SHOW data_directory"), os.TempDir())
	if root := os.Geteuid() == 0; inside == root {
		t.Errorf("the server's directory is inside TMPDIR: %t", inside)
	}
}

func TestFailureShowsTheLog(t *testing.T) {
	temp := emptyTemp(t)
	_, err := launch(t.Context(), fakePrograms(t, "initdb: no room on device", 17))
	if err == nil || !strings.Contains(err.Error(), "no room on device") {
		t.Errorf("%v, want what initdb wrote", err)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStopTellsOfACrash(t *testing.T) {
	s := start(t)
	pid, err := strconv.Atoi(ask(t, s, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-s.process.ended
	if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "immediate shutdown") {
		t.Errorf("%v, want the log of the shutdown", err)
	}
}

// start returns a new server, whatever DATABASE_URL says.
func start(t *testing.T) *Server {
	t.Helper()
	s, err := launch(t.Context(), programs(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

func programs(t *testing.T) string {
	t.Helper()
	bin, err := machine().find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// ask connects to template1, so that a test sees whether DSN puts the database in.
func ask(t *testing.T, s *Server, query string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.DSN("template1"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func gone(t *testing.T, dir, dsn string) {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v, want it gone", dir, err)
	}
	if _, err := askVersion(context.Background(), dsn); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("connect: %v, want it refused", err)
	}
}

// emptyTemp makes a new folder the one for temporary files.
func emptyTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "docex-empty-") // not t.TempDir: the server's user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	return dir
}
