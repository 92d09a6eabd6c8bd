// Package pgserver runs a throwaway PostgreSQL server for the demo and the tests. The entry point is [Start].
//
// A server has a free port on 127.0.0.1, a random administrator's password and a temporary directory of its own. It is
// gone, directory and all, when the program that started it ends in whatever way: Stop, a return from main, a panic,
// Ctrl-C or kill -9. When root starts it, it runs as an unprivileged user, as PostgreSQL demands.
//
// With DATABASE_URL set, nothing is started: Start hands out that server, and Stop leaves it alone.
//
// Not promised: that data survives more than [Server.Kill]. The server never flushes to disk, and its directory lies in
// memory where there is enough of it; TMPDIR puts it elsewhere. The package works on Unix systems only.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// EnvURL names the variable with the URL of a server to use instead of starting one.
	EnvURL = "DATABASE_URL"
	// EnvBin names the variable with the directory of the server programs to use, and no others.
	EnvBin = "DOCEX_PG_BIN"

	minMajor     = 15
	startTimeout = 3 * time.Minute // a download may be part of it
)

// Server is a PostgreSQL server that accepts connections. Its methods may be called from any goroutine.
type Server struct {
	admin   url.URL // the administrator's URL; DSN puts the database in
	version int
	process *process // nil for the server of DATABASE_URL, which is not ours to stop
}

// Start returns a server that accepts connections: the one that DATABASE_URL names or else a new one, run from
// programs found on this machine or, as the last resort, fetched. ctx bounds the start, not the server's life.
//
// When there is nothing to run, the error is an [*UnavailableError].
func Start(ctx context.Context) (*Server, error) {
	if dsn := os.Getenv(EnvURL); dsn != "" {
		return At(ctx, dsn, EnvURL)
	}
	return StartOwn(ctx)
}

// StartOwn is Start without regard to DATABASE_URL, for those who need a server that they may kill, or one with other
// settings, each as "name=value".
func StartOwn(ctx context.Context, settings ...string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	bin, err := machine().find(ctx)
	if err != nil {
		return nil, err
	}
	return launch(ctx, bin, settings...)
}

// Stop ends the server and removes its directory. The second and later calls do nothing. The server of DATABASE_URL
// is left alone. An error means that the server had ended before it was asked to, and says what it wrote last.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	return s.process.stop()
}

// DSN returns the URL by which the administrator, a superuser, reaches a database of this server.
func (s *Server) DSN(database string) string {
	u := s.admin
	u.Path, u.RawPath = "/"+database, ""
	q := u.Query()
	q.Del("dbname") // both would override the path
	q.Del("database")
	u.RawQuery = q.Encode()
	return u.String()
}

// Version returns the server's version as PostgreSQL numbers it: 150018 is 15.18.
func (s *Server) Version() int { return s.version }

// At returns the server of a URL, after it has answered. Stop leaves it alone. Errors say where the URL is from, and
// hold no password.
func At(ctx context.Context, dsn, from string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		// Not wrapped: url's errors repeat the text, password included.
		return nil, errors.New("docex: throwaway postgresql: " + from +
			" must be a URL, postgres://user:password@host:port/database")
	}
	// As DSN writes it. pgx hides less of a password with an @ that is not encoded.
	version, err := askVersion(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("docex: throwaway postgresql: the server of %s: %w", from, err)
	}
	if version < minMajor*10000 {
		return nil,
			fmt.Errorf("docex: throwaway postgresql: the server of %s has version number %d: PostgreSQL %d or newer is needed",
				from, version, minMajor)
	}
	return &Server{admin: *u, version: version}, nil
}

// askVersion connects once and reads the version. It doubles as the test of whether a new server is ready.
func askVersion(ctx context.Context, dsn string) (version int, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version)
	return version, err
}
