package drivertest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// Pins is the record of the pins of one handle, and answers them as the server's registry would. Every tenant is
// provisioned and active until [Pins.Refuse] says otherwise. Safe for concurrent use.
type Pins struct {
	t       T
	mu      sync.Mutex // guards what follows
	tenants []string
	refused map[string]error
}

// Tenants returns the id of each tenant that was pinned, in order: one for each checkout of a connection that ran a
// statement. A call on a *sql.DB is a checkout of its own; all calls on a *sql.Tx or *sql.Conn are one. Nothing is
// pinned for a statement that is refused by the guard, or because there is no UserContext.
func (p *Pins) Tenants() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tenants)
}

// Last returns the tenant that was pinned last, or "" before the first pin. In a test that uses one connection at a
// time it is the tenant that the last statement ran for.
func (p *Pins) Last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tenants) == 0 {
		return ""
	}
	return p.tenants[len(p.tenants)-1]
}

// Refuse makes each later pin of the tenant fail, so that the mock does not see the statement behind it; nil lifts
// that. err is a sentinel of package scope, such as scope.ErrTenantSuspended: the statement then fails with the very
// error it has in production, a *driver.Error around the sentinel and around a *pgconn.PgError. Any other err is what
// the connection says, such as an error of the network's. A tenantID that no tenant can have fails the test.
func (p *Pins) Refuse(tenantID string, err error) {
	p.t.Helper()
	if invalid := scope.ValidateTenantID(tenantID); invalid != nil {
		p.t.Errorf("drivertest: Refuse(%q): %v", tenantID, invalid)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.refused, tenantID)
		return
	}
	if p.refused == nil {
		p.refused = map[string]error{}
	}
	p.refused[tenantID] = serverError(tenantID, err)
}

// pin answers the pin of a tenant.
func (p *Pins) pin(tenantID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.refused[tenantID]; err != nil {
		return err
	}
	p.tenants = append(p.tenants, tenantID)
	return nil
}

// serverError returns what the server's pin function raises, or how the server says that there is none, when err is the
// sentinel for it.
func serverError(tenantID string, err error) error {
	raised := func(code, message string) error {
		return &pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code, Message: message}
	}
	switch {
	case errors.Is(err, scope.ErrTenantNotProvisioned):
		return raised("DX001", fmt.Sprintf(`docex: tenant "%s" is not provisioned`, tenantID))
	case errors.Is(err, scope.ErrTenantSuspended):
		return raised("DX002", fmt.Sprintf(`docex: tenant "%s" is suspended`, tenantID))
	case errors.Is(err, scope.ErrSystemTenant):
		return raised("DX003", "docex: the system tenant runs no user statements")
	case errors.Is(err, scope.ErrNotInitialized):
		return raised("3F000", fmt.Sprintf(`schema "%s" does not exist`, driver.DefaultSystemSchema))
	default:
		return err
	}
}
