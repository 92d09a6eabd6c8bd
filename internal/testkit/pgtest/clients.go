package pgtest

import (
	"os"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
)

// Clients returns the folder of pg_dump, pg_restore and psql of the version of a server. They can be [Missing]. Those
// of [Server] are the first in PATH from its start on.
func Clients(t testing.TB, server *pgserver.Server) string {
	t.Helper()
	dir, err := pgserver.Clients(server.Version())
	if err != nil {
		Missing(t, err.Error())
	}
	return dir
}

// preferClients puts the client programs of a server first in PATH, if there are any.
func preferClients(server *pgserver.Server) error {
	dir, err := pgserver.Clients(server.Version())
	if err != nil {
		return nil // Clients says so to those who need them
	}
	return os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}
