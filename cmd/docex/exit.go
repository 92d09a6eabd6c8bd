package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// Exit codes. They are stable: scripts rely on them.
const (
	exitDone        = 0
	exitFound       = 1
	exitUsage       = 2
	exitConnection  = 3
	exitRefused     = 4
	exitFailed      = 5
	exitTimeUp      = 124 // as timeout(1) has it
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

func exitCodesTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `Exit codes:

    0  done
    1  the command worked, and found something: statements that are refused, differences, failed checks
    2  wrong flags or arguments, or a configuration file or Go package that cannot be used; nothing was done
    3  the server could not be reached, or the log-in failed
    4  refused: the tenant, or the file to write, exists already; the tenant is not there, or is in the wrong state;
       the database is another environment's, or not initialised; the role has not the right; the guard denied the
       statement
    5  failed for another reason, such as an error of the server
  124  the time of --timeout was up; what was done until then stays, and nothing is half done
  130  interrupted; what was done until then stays, and nothing is half done`,
	}
}

// usageError is about flags and arguments.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errFound ends a command that worked and found something wrong, all of which it has printed.
var errFound = errors.New("found something")

// errUnreachable ends a command that has printed that the server could not be reached.
var errUnreachable = fmt.Errorf("%w: the server cannot be reached", errFound)

// usageErrors and refusals are the errors with these exit codes.
var (
	usageErrors = []error{
		config.ErrInvalid, config.ErrNoFile, config.ErrNoDSN, fs.ErrNotExist, provision.ErrInvalidConfig,
		provision.ErrUnsupportedStrategy, provision.ErrDDL, provision.ErrNoReason, pgdump.ErrRefused,
		errPackages, errTenantsFile, pgarchive.ErrTools,
		scope.ErrInvalidTenantID, scope.ErrInvalidUserContext,
	}
	refusals = []error{
		errNotAdopted, errConfigDiffers, errDatabasesDiffer, errLoginDiffers,
		errFolder, errReport, errReportInUse, fs.ErrExist, guard.ErrDenied,
		provision.ErrNotInitialized, provision.ErrCitus, provision.ErrServerVersion, provision.ErrServerSettings,
		provision.ErrPrivileges, provision.ErrAppRole, provision.ErrEnvironmentMismatch, provision.ErrSettingsMismatch,
		provision.ErrUpgradeRequired, provision.ErrTenantExists, provision.ErrSchemaExists, provision.ErrNoSchema,
		provision.ErrRoleExists, provision.ErrNoRole, provision.ErrCopy,
		provision.ErrTenantsLeft,
		provision.ErrDDLVersion, provision.ErrRehearsal, provision.ErrRewrites, provision.ErrNotUpgraded,
		provision.ErrDrift, provision.ErrTenantActive, provision.ErrNotConfirmed,
		scope.ErrTenantNotProvisioned, scope.ErrTenantSuspended, scope.ErrSystemTenant, scope.ErrNoUserContext,
		scope.ErrTenantMismatch, provision.ErrArchive, provision.ErrLargeObjects, pgarchive.ErrFileExists, errNotMoved,
		driver.ErrPooler, driver.ErrServerVersion, driver.ErrServerSettings,
	}
)

func exitCode(ctx context.Context, err error) int {
	is := func(target error) bool { return errors.Is(err, target) }
	var usage usageError
	var connect *pgconn.ConnectError
	var parse *pgconn.ParseConfigError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		return exitInterrupted
	case is(errTimeUp):
		return exitTimeUp
	case is(errUnreachable):
		return exitConnection
	case is(errFound):
		return exitFound
	case errors.As(err, &connect): // before fs.ErrNotExist, which a Unix socket that is not there matches
		return exitConnection
	case errors.As(err, &usage), errors.As(err, &parse), slices.ContainsFunc(usageErrors, is):
		return exitUsage
	case slices.ContainsFunc(refusals, is):
		return exitRefused
	}
	return exitFailed
}
