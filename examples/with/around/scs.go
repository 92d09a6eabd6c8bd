package around

import (
	"database/sql"
	"net/http"
	"sync"

	"github.com/alexedwards/scs/postgresstore"
	"github.com/alexedwards/scs/v2"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/docex/docex/scope/httpscope"
)

// SessionTable is what postgresstore needs: in the DDL, for sessions of a tenant's users.
const SessionTable = `CREATE TABLE sessions (token text PRIMARY KEY, data bytea NOT NULL, expiry timestamptz NOT NULL);
CREATE INDEX ON sessions (expiry);`

// Sessions keeps each tenant's sessions in the tenant's own table. postgresstore passes no context, so the tenant of a
// request does not reach its statements: each tenant has a manager on a handle of Bind.
//
// On a login page the tenant is not known yet. Sessions that begin there belong into a database, or a schema, that
// docex has nothing to do with. Give postgresstore.New a plain handle for them, of sql.Open("pgx", dsn). Shared schemas
// are no place for them, since no tenant may write there.
type Sessions struct {
	db       *sql.DB
	mu       sync.Mutex
	managers map[string]*scs.SessionManager // by tenant
}

// Of returns the sessions of a tenant. It makes them at the first use, without a goroutine that cleans up for each: run
// "DELETE FROM sessions WHERE expiry < now()" in a job over all tenants, as docs/jobs.md has it.
func (s *Sessions) Of(tenant string) *scs.SessionManager {
	s.mu.Lock()
	defer s.mu.Unlock()
	manager, ok := s.managers[tenant]
	if !ok {
		bound := driver.Bind(s.db, scope.UserContext{UserID: "sessions", TenantID: tenant})
		manager = scs.New()
		manager.Store = postgresstore.NewWithCleanupInterval(bound, 0)
		if s.managers == nil {
			s.managers = map[string]*scs.SessionManager{}
		}
		s.managers[tenant] = manager
	}
	return manager
}

// LoadAndSave is scs' middleware for the tenant that the request's context names: put it behind httpscope.Require.
func (s *Sessions) LoadAndSave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uc, err := scope.From(r.Context())
		if err != nil {
			httpscope.WriteError(w, err)
			return
		}
		s.Of(uc.TenantID).LoadAndSave(next).ServeHTTP(w, r)
	})
}
