package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fatih/color"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// printError says what went wrong, and on another line what to do about it where that is known.
func (c *cli) printError(err error) {
	if errors.Is(err, errFound) {
		return
	}
	text := printable(strings.ReplaceAll(err.Error(), "\t", "    ")) // it may hold a tenant's data or names
	if !strings.HasPrefix(text, "docex: ") {
		text = "docex: " + text
	}
	fmt.Fprintln(c.err, color.RedString("%s", text))
	if r := remedy(err); r != "" {
		fmt.Fprintln(c.err, "  try: "+r)
	}
}

// remedies are what to do about errors of the library, in the words of this program.
var remedies = []struct {
	err  error
	text string
}{
	{config.ErrNoFile, "docex init, which writes it; or name another file"},
	{errConfigDiffers, "edit the file; or name another one with --config, for another environment"},
	{errDatabasesDiffer, "two DSNs with the same host, port and database"},
	{errTenantsFile, "correct it, and run the same command again"},
	{errReport, "another file: --report FILE"},
	{config.ErrInvalid, "docex help config-file"},
	{config.ErrNoDSN, "set it in docex.yaml, or its variable in the environment; docex help config-file"},
	{provision.ErrNotInitialized, "docex init"},
	{provision.ErrUpgradeRequired, "docex init --upgrade, in a maintenance window"},
	{provision.ErrEnvironmentMismatch, "the docex.yaml of that environment (--config FILE), or another database"},
	{provision.ErrSettingsMismatch, "correct docex.yaml; what init has fixed cannot be changed afterwards"},
	{provision.ErrTenantExists, "docex tenant show ID; the ids of dropped tenants stay taken"},
	{provision.ErrSchemaExists, "docex tenant adopt, when it is to become the tenant's; or drop it"},
	{provision.ErrAppRole, "as the administrator CREATE ROLE app LOGIN NOINHERIT PASSWORD '…', with your role's name; or ALTER ROLE app NOINHERIT"},
	{provision.ErrPrivileges, "an admin_dsn whose role has CREATEROLE and may CREATE in the database"},
	{provision.ErrTenantActive, "docex tenant suspend ID"},
	{provision.ErrNotConfirmed, "repeat the tenant's id: --confirm ID"},
	{scope.ErrTenantNotProvisioned, "docex tenant list"},
	{scope.ErrTenantSuspended, "docex tenant resume ID"},
	{scope.ErrSystemTenant, "an id that does not begin with $"},
	{errPackages, "it in the folder of a Go module, with packages that go build accepts; docex help vet"},
	{errUsage, "docex help"},
}

var errUsage = errors.New("usage")

func (e usageError) Is(target error) bool { return target == errUsage }

func remedy(err error) string {
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return r.text
		}
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return "see that the server runs and that host, port, user and password of the DSN are right"
	}
	return ""
}
