package doctor

import (
	"database/sql"
	"testing"

	"github.com/docex/docex/internal/testkit/pgpooler"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// What is between two handles and the server is told by what happens, not by process ids alone.
func TestLook(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDB(t)
	through := func(o pgpooler.Options) string { return pgpooler.Start(t, db.AppDSN, o).DSN }
	passing := func(mode pgpooler.Mode, sessions int) string {
		return through(pgpooler.Options{Mode: mode, Sessions: sessions, ReplayKeys: true})
	}
	for _, tt := range []struct {
		name, dsn string
		want      pooling
	}{
		{"nothing", db.AppDSN, unseen},
		{"transaction mode", through(pgpooler.Options{}), transaction},
		{"transaction mode, key data passed on", passing(pgpooler.Transaction, 2), transaction},
		{"transaction mode, many sessions", passing(pgpooler.Transaction, 10), transaction},
		{"transaction mode, one session", passing(pgpooler.Transaction, 1), transaction},
		{"session mode", through(pgpooler.Options{Mode: pgpooler.Session}), unsure},
		{"session mode, full", through(pgpooler.Options{Mode: pgpooler.Session, Sessions: 1}), unsure},
		{"session mode, key data passed on", passing(pgpooler.Session, 2), unseen},
		{"session mode, key data passed on, full", passing(pgpooler.Session, 1), unknown},
		{"statement mode", through(pgpooler.Options{Mode: pgpooler.Statement}), statement},
		{"statement mode, key data passed on", passing(pgpooler.Statement, 2), statement},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handle, err := sql.Open("pgx", tt.dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer handle.Close()
			if got, err := look(t.Context(), handle); err != nil || got != tt.want {
				t.Errorf("saw %d, %v, want %d", got, err, tt.want)
			}
		})
	}
}
