package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	portAttempts = 5
	pollInterval = 20 * time.Millisecond
)

var errPortTaken = errors.New("docex: throwaway postgresql: another program took the port")

// launch starts a new server from the programs in bin. A free port can be taken by someone else before the server
// binds it; then everything starts again with another one.
func launch(ctx context.Context, bin string, settings ...string) (*Server, error) {
	var s *Server
	err := errPortTaken
	for attempt := 0; attempt < portAttempts && errors.Is(err, errPortTaken); attempt++ {
		var port int
		if port, err = freePort(); err != nil {
			return nil, err
		}
		s, err = launchOn(ctx, bin, port, settings...)
	}
	return s, err
}

// launchOn returns a server that accepts connections on the port; errPortTaken when it could not bind it.
func launchOn(ctx context.Context, bin string, port int, settings ...string) (*Server, error) {
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	dir, err := makeDir(owner, password)
	if err != nil {
		return nil, fmt.Errorf("docex: throwaway postgresql: its directory: %w", err)
	}
	p, err := supervise(bin, dir, port, owner, settings)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("docex: throwaway postgresql: its supervisor: %w", err), os.RemoveAll(dir))
	}
	s := &Server{process: p, admin: url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword("postgres", password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		RawQuery: "sslmode=disable",
	}}
	if err := s.waitReady(ctx); err != nil {
		_ = s.Stop() // its error would only repeat err
		return nil, err
	}
	return s, nil
}

// waitReady returns once the server answers. A stranger on the port does not count: it does not know the password.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // the stranger may also keep silent: do not wait for it longer than for the server
		select {
		case <-s.process.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		version, err := askVersion(ctx, s.DSN("postgres"))
		if err == nil {
			s.version = version
			return nil
		}
		select {
		case <-s.process.ended:
			return s.process.failure()
		case <-ctx.Done():
			if s.process.hasEnded() {
				return s.process.failure()
			}
			return fmt.Errorf("docex: throwaway postgresql: not ready: %w; last attempt: %w", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// freePort returns a port that nobody listens on at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("docex: throwaway postgresql: a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// makeDir makes the server's directory and puts the password in it, as the server stores it. Both are readable by the
// owner only.
func makeDir(owner *syscall.Credential, password string) (dir string, err error) {
	if dir, err = os.MkdirTemp(tempRoot(owner), "docex-pg-"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte(Verifier(password)+"\n"), 0o600); err != nil {
		return "", err
	}
	return dir, errors.Join(give(dir, owner), give(file, owner))
}

// portTaken tells a lost race for the port from every other reason why a server did not come up.
func portTaken(log string) bool {
	return strings.Contains(log, "Address already in use")
}
