package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/docex/docex/scope"
)

// State is where a tenant is in its life. The zero State is none of them.
type State string

const (
	// Active tenants can be worked for.
	Active State = "active"
	// Suspended tenants keep their data; the pin function refuses them and their role cannot reach the schema.
	Suspended State = "suspended"
	// Dropping tenants are being dropped, which takes several transactions when there is much to drop. The pin function
	// refuses them; calling Drop again goes on with what is left.
	Dropping State = "dropping"
	// Dropped tenants are gone except their registry row, which keeps the id from being given out again.
	Dropped State = "dropped"
)

// Tenant is a row of the registry. ID and DisplayName are given to Create, which fills in the rest.
type Tenant struct {
	ID          string    // see scope.ValidateTenantID
	DisplayName string    // for people; at most 255 bytes of printable UTF-8; the ID when empty
	Schema      string    // unquoted
	Role        string    // unquoted; empty when the installation has no role per tenant
	State       State     // Active at first
	Strategy    Strategy  // Config.Strategy when the tenant was made
	DDLDigest   string    // "sha256:" and the digest of the DDL's files that made the schema
	Catalog     string    // the same of the schema's description, which Verify holds it against; see Reseal
	DDLVersion  string    // Config.DDLVersion when the schema was made
	CreatedAt   time.Time // by the server's clock, as the other times
	SuspendedAt time.Time // zero while active
	DroppedAt   time.Time // zero until dropped
	NextDDL     string    // the digest that an upgrade leads to whose second part is still to do; else empty
}

// columns is what scanTenant reads.
const columns = `id, display_name, state, strategy, schema_name, COALESCE(role_name, ''), COALESCE(ddl_digest, ''),
	ddl_version, COALESCE(catalog_digest, ''), created_at, suspended_at, dropped_at,
	COALESCE(next_digest, '')`

func scanTenant(scan func(...any) error) (Tenant, error) {
	var t Tenant
	var suspended, dropped sql.NullTime
	err := scan(&t.ID, &t.DisplayName, &t.State, &t.Strategy, &t.Schema, &t.Role, &t.DDLDigest, &t.DDLVersion, &t.Catalog,
		&t.CreatedAt, &suspended, &dropped, &t.NextDDL)
	t.SuspendedAt, t.DroppedAt = suspended.Time, dropped.Time
	return t, err
}

// Get returns the tenant with that id; one that was dropped is returned too, in state [Dropped]. The error matches
// scope.ErrTenantNotProvisioned for an id that was never given out, [ErrNotInitialized], or [ErrEnvironmentMismatch].
func (p *Provisioner) Get(ctx context.Context, id string) (Tenant, error) {
	t, err := p.get(ctx, id)
	return t, wrap("get", id, err)
}

func (p *Provisioner) get(ctx context.Context, id string) (Tenant, error) {
	if err := scope.ValidateTenantID(id); err != nil {
		return Tenant{}, err
	}
	if _, err := p.readable(ctx, p.db); err != nil {
		return Tenant{}, err
	}
	return p.row(ctx, p.db, id)
}

// row reads one tenant, never the system tenant.
func (p *Provisioner) row(ctx context.Context, q queryer, id string) (Tenant, error) {
	query := p.system(`SELECT ` + columns + ` FROM {{system}}.tenant WHERE id = $1 AND NOT is_system`)
	t, err := scanTenant(q.QueryRowContext(ctx, query, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Tenant{}, fmt.Errorf("%w: docex tenant create %s makes it", scope.ErrTenantNotProvisioned, id)
	}
	return t, err
}

// ListOptions selects tenants. The zero value means every tenant that was not dropped.
type ListOptions struct {
	After   string // only ids that sort after this one, byte by byte; for reading page by page
	Limit   int    // at most so many; zero means no limit
	Dropped bool   // the tombstones of dropped tenants as well
}

// List returns tenants in the byte order of their ids, never the system tenant. The error matches [ErrNotInitialized],
// [ErrEnvironmentMismatch], or [ErrInvalidConfig] for a negative limit.
func (p *Provisioner) List(ctx context.Context, o ListOptions) ([]Tenant, error) {
	ts, err := p.list(ctx, o)
	return ts, wrap("list", "", err)
}

func (p *Provisioner) list(ctx context.Context, o ListOptions) ([]Tenant, error) {
	if o.Limit < 0 {
		return nil, invalidConfig("limit %d", o.Limit)
	}
	if _, err := p.readable(ctx, p.db); err != nil {
		return nil, err
	}
	return p.page(ctx, p.db, o)
}

// page reads the tenants that o selects.
func (p *Provisioner) page(ctx context.Context, db handle, o ListOptions) ([]Tenant, error) {
	query := p.system(`SELECT ` + columns + ` FROM {{system}}.tenant
 WHERE NOT is_system AND id > $1 AND ($2 OR state <> 'dropped') ORDER BY id LIMIT NULLIF($3::bigint, 0)`)
	return tenants(db.QueryContext(ctx, query, o.After, o.Dropped, o.Limit))
}

// eachPage calls f for all tenants that were not dropped, so many at a time, in the order of their ids.
func (p *Provisioner) eachPage(ctx context.Context, limit int, f func(page []Tenant) error) error {
	for after := ""; ; {
		page, err := p.page(ctx, p.db, ListOptions{After: after, Limit: limit})
		if err != nil || len(page) == 0 {
			return err
		}
		if err := f(page); err != nil {
			return err
		}
		after = page[len(page)-1].ID
	}
}

// tenants reads the rows of a query for columns.
func tenants(rows *sql.Rows, err error) ([]Tenant, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ts []Tenant
	for rows.Next() {
		t, err := scanTenant(rows.Scan)
		if err != nil {
			return nil, err
		}
		ts = append(ts, t)
	}
	return ts, rows.Err()
}
