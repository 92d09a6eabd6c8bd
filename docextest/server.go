package docextest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// server is where the tests of this process have their databases.
type server struct {
	*pgtest.Cluster
	ours bool // it ends with the process, with all that is on it
	err  error
}

var (
	serversMu sync.Mutex
	servers   = map[string]*server{} // by URL, "" for ours; guarded by serversMu
)

// serverFor returns the server of a URL. One that could not be had is not tried again.
func serverFor(t testing.TB, dsn string) *server {
	t.Helper()
	from := "Config.DSN"
	if dsn == "" {
		dsn, from = os.Getenv(pgserver.EnvURL), pgserver.EnvURL
	}
	serversMu.Lock()
	defer serversMu.Unlock()
	s := servers[dsn]
	if s == nil {
		s = start(dsn, from)
		servers[dsn] = s
	}
	if _, missing := errors.AsType[*pgserver.UnavailableError](s.err); missing {
		pgtest.Missing(t, s.err.Error())
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s
}

// start is not given the test's context: the server outlives the test.
func start(dsn, from string) *server {
	ctx := context.Background()
	s := &server{ours: dsn == ""}
	var found *pgserver.Server
	if s.ours {
		found, s.err = pgserver.StartOwn(ctx)
	} else {
		found, s.err = pgserver.At(ctx, dsn, from)
	}
	if s.err == nil {
		s.Cluster, s.err = pgtest.On(found)
	}
	return s
}
