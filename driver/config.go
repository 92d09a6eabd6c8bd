package driver

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
)

// DefaultSystemSchema is the schema that holds the registry and the pin function unless provisioning chose another.
const DefaultSystemSchema = "docex_system"

// Config configures a [Connector]. The zero value is the strictest. It is copied; changing it later changes nothing.
type Config struct {
	// Policy is what the guard allows beyond the tenant's own schema. Its zero value allows nothing more.
	Policy guard.Policy
	// SystemSchema names the schema that provisioning put the registry in. "" means [DefaultSystemSchema].
	SystemSchema string
	// Pin says how long a pin lasts on the server. The zero value is [PinAuto].
	Pin PinMode
	// MaxTenants closes a connection after it served that many different tenants.
	MaxTenants int
	// Observer is told of denials, pins and retired connections. nil: nobody is, which costs nothing.
	Observer Observer
}

// PinMode says how long the server keeps a pin.
type PinMode int

const (
	// PinAuto, the zero value, pins the session on a direct connection. Behind a connection pooler it refuses to
	// connect: there the next statement may run on another server session, and with it on another tenant's pin.
	PinAuto PinMode = iota
	// PinSession pins the session without looking for a pooler. It is right behind a pooler only when the pooler is in
	// session mode; behind one in transaction mode it reads other tenants' rows.
	PinSession
	// PinTransaction pins each transaction, and each statement outside of one: right everywhere.
	PinTransaction
)

// DefaultMaxTenants is the zero value's meaning of Config.MaxTenants.
const DefaultMaxTenants = 500

func (c Config) systemSchema() string {
	if c.SystemSchema == "" {
		return DefaultSystemSchema
	}
	return c.SystemSchema
}

func (c Config) maxTenants() int {
	if c.MaxTenants == 0 {
		return DefaultMaxTenants
	}
	return c.MaxTenants
}

func (c Config) validate() error {
	if c.Pin < PinAuto || c.Pin > PinTransaction {
		return fmt.Errorf("unknown pin mode %d", c.Pin)
	}
	if s := c.systemSchema(); len(s) > 63 || strings.ContainsRune(s, 0) {
		return fmt.Errorf("system schema: a name of 1 to 63 bytes without NUL is needed")
	}
	return nil
}

// reservedParams may not be set by a DSN or by the environment variables and service files that pgx reads: what the pin
// controls, options, which can set anything, and what makes the server read statements differently from the guard
// (replication: with another grammar).
var reservedParams = []string{
	"search_path", "role", "session_authorization", "options", "backslash_quote", "replication",
}

// lexerParams decide how the server reads the text that the guard has read. They are sent at connect and compared with
// what the server reports before each statement (PostgreSQL manual, 4.1.2.1 "String Constants" and 24.3.3 "Automatic
// Character Set Conversion Between Server and Client"). backslash_quote is not among them: with client encoding UTF8
// its values differ only in refusing more.
var lexerParams = []struct{ name, value string }{{"standard_conforming_strings", "on"}, {"client_encoding", "UTF8"}}

// parseDSN reads a DSN in pgx's URL or keyword form and fixes the settings that docex relies on.
func parseDSN(dsn string) (*pgx.ConnConfig, error) {
	pc, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	for name, value := range pc.RuntimeParams {
		if err := checkParam(name, value); err != nil {
			return nil, err
		}
	}
	for _, p := range lexerParams {
		pc.RuntimeParams[p.name] = p.value
	}
	return pc, nil
}

func checkParam(name, value string) error {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "docex_") || strings.HasPrefix(lower, "docex.") {
		return fmt.Errorf("DSN: unknown setting %q", name)
	}
	if slices.Contains(reservedParams, lower) {
		return fmt.Errorf("DSN: %q is set by docex; remove it", name)
	}
	for _, p := range lexerParams {
		if lower == p.name && !sameSetting(value, p.value) {
			return fmt.Errorf("DSN: %q must be %s, or the server reads statements differently from the guard", name, p.value)
		}
	}
	return nil
}

// sameSetting compares a setting's spelling in a DSN, or as the server reports it, with the one docex needs.
func sameSetting(got, want string) bool {
	return strings.EqualFold(strings.ReplaceAll(got, "-", ""), want)
}

// connectTimeout bounds a connection attempt made without a caller's context.
const connectTimeout = time.Minute

func connectContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), connectTimeout)
}
