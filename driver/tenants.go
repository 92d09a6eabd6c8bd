package driver

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/docex/docex/internal/session"
	"github.com/docex/docex/scope"
)

// Tenants yields the id of each active tenant, in the byte order of the ids, for jobs over all tenants. See [Bind] for
// working for each.
//
// It needs no UserContext: it says which tenants there are and nothing of what they have. Only the application's login
// may ask the server, and no statement of a tenant's can.
//
// db must have been opened with this driver, and not be one of [Bind]'s, which are for one tenant. Tenants asks for
// 1,000 ids at a time, and holds no connection of db's in between, so the loop may use db, whatever its limits. A
// tenant that is made, suspended or dropped meanwhile may be in the sequence or not: work for one that is not active
// any more gives scope.ErrTenantSuspended or scope.ErrTenantNotProvisioned, which a job takes for the end of that
// tenant's turn.
//
// An error ends the sequence, with an empty id. It is an *[Error], which matches [ErrNotDocex],
// scope.ErrNotInitialized, scope.ErrTenantMismatch for a handle of Bind's, or scope.ErrUpgradeRequired where an older
// docex made the system schema; or database/sql's where no connection is to be had. Each loop over the sequence asks
// anew. Safe for concurrent use.
func Tenants(ctx context.Context, db *sql.DB) iter.Seq2[string, error] {
	return func(yield func(id string, err error) bool) {
		for after, more := "", true; more; {
			ids, err := tenantsBehind(ctx, db, after)
			if err != nil {
				yield("", err)
				return
			}
			for _, id := range ids {
				if !yield(id, nil) {
					return
				}
				after = id
			}
			more = len(ids) == session.TenantPage
		}
	}
}

// tenantsBehind asks for a page of ids. A connection that turns out to be lost leaves the pool, and another one is
// asked, so there are no more such turns than connections.
func tenantsBehind(ctx context.Context, db *sql.DB, after string) (ids []string, err error) {
	for range db.Stats().OpenConnections + 1 {
		if ids, err = askTenants(ctx, db, after); !errors.Is(err, session.ErrGone) {
			return ids, err
		}
	}
	return nil, &Error{Op: "tenants", Err: err}
}

func askTenants(ctx context.Context, db *sql.DB, after string) (ids []string, err error) {
	sc, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer sc.Close()
	err = onConn(ctx, sc, "tenants", func(c *conn) (err error) {
		if c.outer != nil {
			return &Error{Op: "tenants", Err: scope.ErrTenantMismatch}
		}
		if c.server().pgx == nil {
			return &Error{Op: "tenants", Err: errNotPgx}
		}
		ids, err = c.server().session.ActiveTenants(ctx, after)
		return err
	})
	return ids, err
}
