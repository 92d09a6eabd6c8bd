package provision

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/scope"
)

// Sentinels for errors.Is. What the package returns is always an *[Error] around one of them, around one of scope's
// (scope.ErrTenantNotProvisioned, scope.ErrSystemTenant, scope.ErrInvalidTenantID), around a *pgconn.PgError, or both.
var (
	// ErrNotInitialized: the database has no docex system schema of that name. It is scope.ErrNotInitialized.
	ErrNotInitialized = scope.ErrNotInitialized
	// ErrDocexHandle: New was given a handle of docex's driver, which refuses what provisioning does.
	ErrDocexHandle = errors.New(`docex: this is a docex handle; open it with sql.Open("pgx", …) as the administrator`)
	// ErrInvalidConfig: a Config, or a Tenant given to Create, cannot be used.
	ErrInvalidConfig = errors.New("docex: invalid configuration")
	// ErrUnsupportedStrategy: the isolation strategy is none that this version has.
	ErrUnsupportedStrategy = errors.New("docex: isolation strategy is not supported")
	// ErrCitus: the server lacks what [Citus] needs, or Citus refuses the tenant's tables; errors.As finds the
	// *[CitusError] that says what.
	ErrCitus = errors.New("docex: tenants cannot be distributed")
	// ErrServerVersion: the server is older than PostgreSQL 15.
	ErrServerVersion = errors.New("docex: the server is too old")
	// ErrServerSettings: a setting of the server or database makes isolation unsafe.
	ErrServerSettings = errors.New("docex: unsafe server setting")
	// ErrPrivileges: the administrator's role may not do what is asked.
	ErrPrivileges = errors.New("docex: insufficient privileges")
	// ErrAppRole: the application's login role is missing or unsuitable.
	ErrAppRole = errors.New("docex: unsuitable application role")
	// ErrEnvironmentMismatch: the database belongs to another environment than the configuration.
	ErrEnvironmentMismatch = errors.New("docex: the database belongs to another environment")
	// ErrSettingsMismatch: the configuration differs from what was fixed at Init.
	ErrSettingsMismatch = errors.New("docex: configuration differs from what Init recorded")
	// ErrUpgradeRequired: an older docex made the system schema; see [Provisioner.Upgrade]. It is
	// scope.ErrUpgradeRequired.
	ErrUpgradeRequired = scope.ErrUpgradeRequired
	// ErrTenantExists: the id is registered already; ids of dropped tenants stay registered.
	ErrTenantExists = errors.New("docex: tenant exists")
	// ErrSchemaExists: a schema that the operation would create is there already and is not taken over.
	ErrSchemaExists = errors.New("docex: schema exists")
	// ErrNoSchema: the schema to adopt is not there.
	ErrNoSchema = errors.New("docex: no such schema")
	// ErrNotPartitioned: a partition is to be made of what is no partitioned table of the tenant.
	ErrNotPartitioned = errors.New("docex: the tenant has no such partitioned table")
	// ErrTableExists: a table that the operation would create is there already.
	ErrTableExists = errors.New("docex: table exists")
	// ErrRoleExists: a role that the operation would create is there already and is not taken over.
	ErrRoleExists = errors.New("docex: role exists")
	// ErrNoRole: a role that the registry names is not there, as in a database that was restored without the server's
	// roles; see [Provisioner.Repair].
	ErrNoRole = errors.New("docex: a role is missing")
	// ErrCopy: the database is a copy of another one of the same server, whose roles it shares; see [Provisioner.Rehome].
	// It is what a *[CopyError] matches.
	ErrCopy = errors.New("docex: the database is a copy")
	// ErrDDL: the tenants' DDL is refused (*DDLError), or the server refused a statement of it (*DDLFailure).
	ErrDDL = errors.New("docex: the DDL failed")
	// ErrDDLVersion: Config.DDLVersion means another DDL in this database.
	ErrDDLVersion = errors.New("docex: the label of the DDL is taken")
	// ErrRehearsal: a script for UpgradeTenants does not lead from an older DDL to the new one; errors.As finds the
	// *[RehearsalError] that says why.
	ErrRehearsal = errors.New("docex: the rehearsal of the upgrade failed")
	// ErrRewrites: a script for UpgradeTenants writes tables of active tenants anew, and [UpgradeOptions].Rewrite does
	// not allow it.
	ErrRewrites = errors.New("docex: the script writes tables anew")
	// ErrNotUpgraded: the tenant is not what the DDL makes that it was to be recorded under.
	ErrNotUpgraded = errors.New("docex: the tenant is not what the DDL makes")
	// ErrDrift: the database differs from what the registry says.
	ErrDrift = errors.New("docex: the database differs from the registry")
	// ErrTenantActive: the operation needs a suspended tenant.
	ErrTenantActive = errors.New("docex: tenant is active")
	// ErrTenantsLeft: there are tenants, and the operation was not told to drop them.
	ErrTenantsLeft = errors.New("docex: there are tenants")
	// ErrNoReason: a maintenance run needs a reason for the audit log.
	ErrNoReason = errors.New("docex: no reason given")
	// ErrArchive: an archive of a tenant, or its manifest, cannot be used, or is not of the tenant that it is to restore.
	ErrArchive = errors.New("docex: the archive cannot be used")
	// ErrLargeObjects: a tenant's rows refer to large objects, which no archive of a schema has.
	ErrLargeObjects = errors.New("docex: the tenant refers to large objects")
	// ErrInsideRun: the function given to WithTenant or ForEachTenant calls what takes a tenant's lock, in the same
	// database: WithTenant, ForEachTenant, Reseal, Verify, Suspend, Create and all others but those that only read the
	// registry. It would wait for the lock that its own run holds. A call from a goroutine that the function starts is
	// known by its context: give it the function's.
	ErrInsideRun = errors.New("docex: called inside WithTenant or ForEachTenant")
	// ErrOutcomeUnknown: the COMMIT of WithTenant or ForEachTenant may have happened or not: the connection was lost
	// before its answer came, or a worker of Citus may have committed although the coordinator says that it could not.
	// Do not repeat it blindly.
	ErrOutcomeUnknown = errors.New("docex: whether the transaction is committed is not known")
	// ErrNotConfirmed: the confirmation does not repeat the tenant's id.
	ErrNotConfirmed = errors.New("docex: not confirmed")
)

// Error is the one type of error that the package returns. Its text reads
// `docex: provision: <op>: tenant "<id>": <cause>`.
type Error struct {
	Op       string // the method in lower case, such as "create"
	TenantID string // empty when the operation is not about one tenant
	Err      error  // the cause; never nil
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("docex: provision: " + e.Op + ": ")
	if e.TenantID != "" {
		b.WriteString("tenant " + strconv.Quote(e.TenantID) + ": ")
	}
	text := strings.TrimPrefix(strings.TrimPrefix(e.Err.Error(), "docex: "), "provision: ")
	b.WriteString(innerPrefix.Replace(text))
	return b.String()
}

// innerPrefix takes what the whole begins with from errors inside others: it is said once.
var innerPrefix = strings.NewReplacer(": docex: provision: ", ": ", ": docex: ", ": ")

// Unwrap gives errors.Is and errors.As the sentinel and the *pgconn.PgError.
func (e *Error) Unwrap() error { return e.Err }

// SQLSTATE codes that get a meaning of docex's own (PostgreSQL manual, appendix A).
const (
	codeInsufficientPrivilege = "42501"
	codeInvalidSchemaName     = "3F000"
	codeSyntaxError           = "42601"
	codeUndefinedTable        = "42P01"
	codeUndefinedColumn       = "42703"
	codeUndefinedObject       = "42704"
	codeUniqueViolation       = "23505"
	codeDuplicateObject       = "42710"
	codeDuplicateSchema       = "42P06"
	codeDuplicateTable        = "42P07"
	codeLockNotAvailable      = "55P03"
	codeDeadlock              = "40P01"
	codeConnectionFailure     = "08006"
	codeInternalError         = "XX000"
	codeFeatureNotSupported   = "0A000"
	codeCheckViolation        = "23514"
)

// wrap returns err as an *Error, or nil for nil. A server's "insufficient privilege" matches ErrPrivileges too.
func wrap(op, tenantID string, err error) error {
	if err == nil {
		return nil
	}
	if hasCode(err, codeInsufficientPrivilege) && !errors.Is(err, ErrPrivileges) {
		err = fmt.Errorf("%w: %w", ErrPrivileges, err)
	}
	return &Error{Op: op, TenantID: tenantID, Err: misquoted(withoutWorker(err))}
}

// hasCode reports whether err is a server error with one of the SQLSTATE codes.
func hasCode(err error, codes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	for _, c := range codes {
		if pg.Code == c {
			return true
		}
	}
	return false
}

// violates reports whether err is a server error about a duplicate key in the unique index of that name.
func violates(err error, index string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == codeUniqueViolation && pg.ConstraintName == index
}

// asSentinel adds sentinel to a server error with one of the codes and leaves every other error alone.
func asSentinel(err, sentinel error, codes ...string) error {
	if !hasCode(err, codes...) {
		return err
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}

// invalidConfig returns an error that matches ErrInvalidConfig.
func invalidConfig(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrInvalidConfig, fmt.Errorf(format, args...))
}
