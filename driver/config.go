package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/session"
	"github.com/jackc/pgx/v5"
)

// DefaultSystemSchema is the schema that holds the registry and the pin function unless provisioning chose another.
const DefaultSystemSchema = "docex_system"

// DefaultMaxTenants is how many tenants a connection serves as long as it is not known how many fit into its memory. A
// backend takes 101 MB for them with the DocEX tables, and 0.7 MB more for each tenant more (BenchmarkMemory). Half of
// that is catalog caches, and half the plans that check foreign keys.
const DefaultMaxTenants = session.UntilMeasured

// DefaultCitusConnections is how many connections to the workers of Citus the connections of a pool may keep together,
// unless Config.MaxTenants says how many tenants each serves. Citus keeps one for each tenant that a connection has
// served, until that is closed.
const DefaultCitusConnections = 200

// DefaultSessionMemory is how much memory, in MB, the backend of a connection may take for its tenants unless the
// configuration says otherwise.
const DefaultSessionMemory = 128

// Config configures a [Connector]. The zero value is the strictest. It is copied; changing it later changes nothing.
//
// A DSN can give every setting, too: see docs/settings.md. One that is given in both places with different
// values is an error. A field with its zero value counts as not given.
type Config struct {
	// Policy is what the guard allows beyond the tenant's own schema. Its zero value allows nothing more. Its SystemSchema
	// is the one below. In a DSN:
	// docex_shared_schemas, docex_shared_relations, docex_extension_schemas, docex_extensions, docex_tenant_functions,
	// docex_allow_functions, docex_allow_settings, docex_catalog, docex_multi_statement, docex_max_bytes,
	// docex_max_tokens, docex_max_depth, docex_max_chain.
	Policy guard.Policy
	// SystemSchema names the schema that provisioning put the registry in. "" means [DefaultSystemSchema]. The policy may
	// not open it. In a DSN: docex_system_schema.
	SystemSchema string
	// Pin says how long a pin lasts on the server. The zero value is [PinAuto]. In a DSN: docex_pin.
	Pin PinMode
	// MaxTenants bounds how many distinct tenants a connection serves: one that has served as many is closed when it goes
	// back to the pool, because its backend keeps catalog caches for each and never gives them up. 0 means as many as fit
	// into SessionMemory, and on Citus no more than [DefaultCitusConnections] allows. In a DSN: docex_max_tenants.
	MaxTenants int
	// SessionMemory is how many MB the backend of a connection may take. Shared buffers do not count. MaxTenants overrides
	// it. What a tenant takes is measured when a connection has served 20 tenants, and at each doubling. Until then, where
	// the server tells nothing of its memory, and where transactions are pinned, a connection serves [DefaultMaxTenants].
	// 0 means [DefaultSessionMemory]. In a DSN: docex_session_memory.
	SessionMemory int
	// Affinity says whether a checkout looks for the session that has served its tenant before. The zero value is
	// [AffinityOn]. In a DSN: docex_affinity.
	Affinity Affinity
	// AllowWeakLogin lets a login role in that walks past the second wall, see [ErrWeakLogin]. Otherwise its first pin
	// fails. In a DSN: docex_allow_weak_login.
	AllowWeakLogin bool
	// BeforeConnect is called before each connection is made, with a copy of pgx's configuration, for what changes in the
	// life of a program, such as a password; and for pgx's own hooks, such as a Tracer or a DialFunc. docex sets
	// BuildFrontend itself, and takes 512 for no choice of StatementCacheCapacity. It refuses pgconn's AfterConnect,
	// ValidateConnect and AfterNetConnect and what a DSN may not set. [Wrap] refuses it. It may be called by many at once.
	BeforeConnect func(ctx context.Context, c *pgx.ConnConfig) error
	// AfterConnect is called with each new connection, to register types in its TypeMap, for example. There is no tenant
	// yet, so the connection runs nothing for it, then or later. What it tries is an error, and costs the connection. It
	// may be called by many at once.
	AfterConnect func(ctx context.Context, c *pgx.Conn) error
	// Observer is told of denials, pins and retired connections. nil costs nothing. A DSN cannot name one.
	Observer Observer
}

// PinMode says how long the server keeps a pin.
type PinMode int

const (
	// PinAuto, the zero value, pins like [PinSession] on a connection that is proved to be direct when it connects, and
	// like [PinTransaction] on any other. Direct is proved by the server: it sees the two addresses that the socket has,
	// or over a Unix socket on Linux, it is the child of the process that listens. Where addresses are translated on the
	// way (published ports of containers, load balancers, NAT) nothing is proved.
	PinAuto PinMode = iota
	// PinSession pins the session and takes the operator's word that nothing between program and server hands sessions
	// round. It is right where addresses are translated, and behind a pooler in session mode. Behind one in transaction
	// mode it reads other tenants' rows.
	PinSession
	// PinTransaction pins each transaction: right on direct connections and behind every pooler. Statements are executed
	// in pgx's mode cache_describe unless the DSN names another.
	PinTransaction
)

// pinModes are the names of the modes, as in a DSN.
var pinModes = []string{PinAuto: "auto", PinSession: "session", PinTransaction: "transaction"}

// String returns the mode's name in a DSN.
func (m PinMode) String() string {
	if !m.valid() {
		return fmt.Sprintf("PinMode(%d)", int(m))
	}
	return pinModes[m]
}

func (m PinMode) valid() bool { return 0 <= m && int(m) < len(pinModes) }

// Affinity says which session a checkout gets.
type Affinity int

const (
	// AffinityOn, the zero value, gives it one that has served the tenant, by the context of the call for which the pool
	// hands out the connection. Sessions with open statements of db.Prepare stay where they are, and so do all where
	// transactions are pinned. See docs/many-tenants.md.
	AffinityOn Affinity = iota
	// AffinityOff leaves each session with its connection.
	AffinityOff
)

// affinities are the names of the values, as in a DSN.
var affinities = []string{AffinityOn: "on", AffinityOff: "off"}

func (c Config) validate() error {
	switch s := c.SystemSchema; {
	case !c.Pin.valid():
		return fmt.Errorf("unknown pin mode %d", c.Pin)
	case c.Affinity != AffinityOn && c.Affinity != AffinityOff:
		return fmt.Errorf("unknown affinity %d", c.Affinity)
	case c.MaxTenants < 0:
		return fmt.Errorf("MaxTenants is negative: %d", c.MaxTenants)
	case c.SessionMemory < 0:
		return fmt.Errorf("SessionMemory is negative: %d", c.SessionMemory)
	case len(s) > 63 || strings.ContainsRune(s, 0) || !utf8.ValidString(s):
		return errors.New("system schema: a name of 1 to 63 bytes of UTF-8 without NUL is needed")
	case c.Policy.SystemSchema != "" && c.Policy.SystemSchema != s:
		return fmt.Errorf("the policy's SystemSchema is %q, and the connector's %q", c.Policy.SystemSchema, s)
	case slices.Contains(c.Policy.SharedSchemas, s) || slices.Contains(c.Policy.ExtensionSchemas, s):
		return fmt.Errorf("the policy opens the system schema %q, which holds the registry of all tenants", s)
	}
	return nil
}
