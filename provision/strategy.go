package provision

import (
	"context"
	"database/sql"
	"fmt"
)

// Strategy is a way to keep tenants apart.
type Strategy string

// SchemaPerTenant keeps each tenant in a schema of its own. It is the only strategy so far, and what the zero Strategy
// means. DocEX RFC-0001 names two more for the future, "database" and "row"; asking for one gives
// [ErrUnsupportedStrategy].
const SchemaPerTenant Strategy = "schema"

// Distribution says on which servers the tenants' schemas are. The zero Distribution is [Local].
type Distribution string

const (
	// Local keeps all tenants on the one server that the administrator's handle is connected to.
	Local Distribution = "local"
	// Citus makes each tenant's schema a distributed one (Citus 12 or newer, schema-based sharding): a shard group, which
	// Citus places on one of its workers. The administrator's handle is connected to the coordinator, and the system
	// schema stays there.
	//
	// Citus connects to the workers as the role that the statement runs as, so each tenant's role is a LOGIN role. It has
	// no password, and so no method that asks for one lets it in. The rest is up to pg_hba.conf, of whose lines the first
	// that fits counts, and where +docex_<installation> (shared_role in the registry's table installation) stands for all
	// tenants' roles and for the logins that may take them on. So on each server of the cluster: first the lines of the
	// application's and the administrators' logins by name; then one that lets +docex_<installation> in from the cluster's
	// own addresses, by "trust", with clientcert=verify-ca where certificates are used; the administrator likewise;
	// then "host all +docex_<installation> all reject", and "local" likewise, before any line that would let everybody in
	// without a password.
	Citus Distribution = "citus"
)

// strategy is what differs between the ways to keep tenants apart. The statements run in Create's transaction.
type strategy interface {
	// check says what the server lacks. Init calls it before it changes anything, Create before each tenant.
	check(ctx context.Context, q queryer) error
	// roleLogin returns LOGIN or NOLOGIN for the tenants' roles.
	roleLogin() string
	// distribute puts a tenant's finished schema where it belongs.
	distribute(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error
	// restore brings back what of a tenant is not where it belongs, as far as it can.
	restore(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error
	// restoreRights sends the rights on the database to servers that may not have got them.
	restoreRights(ctx context.Context, tx *sql.Tx, in installation) error
	// alter runs statements, by apply_ddl, in a schema that has been distributed.
	alter(statements []ddlStatement, schema string, apply func(statements []string) error) error
}

// newStrategy returns the one that a configuration or registry names. The error matches ErrUnsupportedStrategy.
func newStrategy(s Strategy, d Distribution) (strategy, error) {
	switch {
	case s != SchemaPerTenant:
		return nil, fmt.Errorf("%w: %q (this version has %q)", ErrUnsupportedStrategy, string(s), SchemaPerTenant)
	case d == Local:
		return localSchemas{}, nil
	case d == Citus:
		return citusSchemas{}, nil
	}
	return nil, fmt.Errorf("%w: distribution %q (this version has %q and %q)", ErrUnsupportedStrategy, string(d), Local,
		Citus)
}

// localSchemas is a schema per tenant on one server.
type localSchemas struct{}

func (localSchemas) check(context.Context, queryer) error { return nil }
func (localSchemas) roleLogin() string                    { return "NOLOGIN" }

func (localSchemas) distribute(context.Context, *sql.Tx, installation, Tenant) error { return nil }
func (localSchemas) restore(context.Context, *sql.Tx, installation, Tenant) error    { return nil }
func (localSchemas) restoreRights(context.Context, *sql.Tx, installation) error      { return nil }

func (localSchemas) alter(statements []ddlStatement, _ string, apply func(statements []string) error) error {
	return explain(statements, apply(textsOf(statements)))
}
