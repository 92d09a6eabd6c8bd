package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fatih/color"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// printError says what went wrong, and on another line what to do about it where that is known.
func (c *cli) printError(err error) {
	var printed printedError
	if errors.Is(err, errFound) || errors.As(err, &printed) {
		return
	}
	if up, ok := errors.AsType[timeUpError](err); ok {
		c.printError(up.error)
		fmt.Fprintln(c.err, color.RedString("docex: %v: --timeout %v; what was done until then stays", errTimeUp, up.after))
		return
	}
	text := strings.NewReplacer("\t", "    ", ": docex: ", ": ").Replace(dsnerr.Text(err))
	text = printable(inFile(text)) // it may hold a tenant's data or names
	if !strings.HasPrefix(text, "docex: ") {
		text = "docex: " + text
	}
	fmt.Fprintln(c.err, color.RedString("%s", text))
	r := remedy(err)
	var usage usageError
	if r == "" && errors.As(err, &usage) {
		r = "docex help" + strings.TrimSuffix(strings.TrimPrefix(c.command, "docex"), " help")
	}
	if r != "" {
		fmt.Fprintln(c.err, "  try: "+c.advice(withID(r, err)))
	}
}

var wordID = regexp.MustCompile(`\bID\b`)

// withID puts the tenant that an error is about into advice, which can be typed as it stands then.
func withID(text string, err error) string {
	var provisioning *provision.Error
	var refusal *scope.Error
	switch {
	case errors.As(err, &provisioning) && scope.ValidateTenantID(provisioning.TenantID) == nil:
		return wordID.ReplaceAllLiteralString(text, provisioning.TenantID)
	case errors.As(err, &refusal) && scope.ValidateTenantID(refusal.TenantID) == nil:
		return wordID.ReplaceAllLiteralString(text, refusal.TenantID)
	}
	return text
}

// readsFile finds the commands in advice that read docex.yaml.
var readsFile = regexp.MustCompile(`\bdocex (init|tenant|doctor|repair|login|uninstall)\b`)

// advice puts the configuration file of this run into commands: typed as they stand they would suspend and drop tenants
// of another environment.
func (c *cli) advice(text string) string {
	if c.configPath == "" || c.configPath == config.Name { // empty before flags are read
		return text
	}
	return readsFile.ReplaceAllStringFunc(text, func(command string) string {
		return "docex -c " + c.configPath + strings.TrimPrefix(command, "docex")
	})
}

// advisedError is an error whose remedy hangs on what was asked for.
type advisedError struct {
	error
	remedy string
}

func (e advisedError) Unwrap() error { return e.error }

// remedies are what to do about errors of the library, in the words of this program.
var remedies = []struct {
	err  error
	text string
}{
	{config.ErrNoFile, "docex init, which writes it; or name another file"},
	{errConfigDiffers, "edit the file; or name another one with --config, for another environment"},
	{errDatabasesDiffer, "two DSNs with the same host, port and database"},
	{errColumnOrder,
		"for the order of columns, copy the rows to a new table that has them in the DDL's order, and give it the old " +
			"one's name; a view would not do, as INSERT without names goes by the table's order"},
	{errLoginDiffers, "provision.app_role: that role, in docex.yaml; or another login in app_dsn"},
	{errRemoved, "docex tenant move again, which brings it there; or docex tenant resume ID, to keep it here"},
	{errNotAdopted, "change the schema, or the DDL that docex.yaml names (provision.ddl), and run the same command again"},
	{errTenantsFile, "correct it, and run the same command again"},
	{errReport, "another file: --report FILE"},
	{errReportInUse, "wait for the other run, or write another one: --report FILE"},
	{errFolder, "another folder; --force writes into this one"},
	{config.ErrInvalid, "docex help config-file"},
	{config.ErrNoDSN, "export its variable in this shell, or set it in docex.yaml; docex help config-file"},
	{pgarchive.ErrTools, "--pg-bin FOLDER, of programs that are not older than the server " +
		"(Debian: apt-get install postgresql-client)"},
	{pgarchive.ErrFileExists, "another file, or --force"},
	{errNotMoved, "docex tenant show ID with either configuration; and drop, by hand, the one that is not wanted"},
	{provision.ErrArchive, "FILE and FILE.manifest.json as docex tenant export wrote them; docex help tenant import"},
	{provision.ErrLargeObjects, "pg_dump of the whole database, which has them"},
	{provision.ErrNotInitialized, "docex init"},
	{provision.ErrUpgradeRequired, "docex init --upgrade, in a maintenance window"},
	{provision.ErrEnvironmentMismatch, "the docex.yaml of that environment (--config FILE), or another database"},
	{provision.ErrSettingsMismatch, "correct docex.yaml; what init has fixed cannot be changed afterwards"},
	{provision.ErrTenantExists, "docex tenant show ID; the ids of dropped tenants stay taken, " +
		"and docex tenant import --restore brings one back"},
	{provision.ErrDDLVersion, "another provision.ddl_version in docex.yaml, since the DDL has changed; or none"},
	{provision.ErrNotUpgraded, "docex tenant upgrade; or docex tenant reseal --keep, under the DDL that the tenant has"},
	{provision.ErrRewrites, "docex tenant suspend ID for the time of the upgrade; or --rewrite, where no program has " +
		"such snapshots (docex help tenant upgrade)"},
	{provision.ErrRehearsal,
		"correct the script, or the DDL that docex.yaml names; for a text that is not kept --from FOLDER"},
	{provision.ErrServerVersion, "PostgreSQL 15 or newer"},
	{provision.ErrServerSettings, "docex doctor, which names the statement that changes it"},
	{provision.ErrNoSchema, "a schema that is there; docex tenant create makes a tenant with a schema of its own"},
	{provision.ErrRoleExists, "docex doctor, which names roles that no registry has; and DROP ROLE, when it is nobody's"},
	{provision.ErrNoReason, "--reason TEXT, which the audit log keeps"},
	{provision.ErrOutcomeUnknown, "look at the tenant's data first; the same statements again may do it twice"},
	{provision.ErrSchemaExists, "docex tenant adopt, when it is to become the tenant's; or drop it"},
	{provision.ErrAppRole,
		"as the administrator CREATE ROLE app LOGIN NOINHERIT PASSWORD '…', with your role's name; or ALTER ROLE app " +
			"NOINHERIT"},
	{provision.ErrPrivileges,
		"an admin_dsn whose role has CREATEROLE and may CREATE in the database; about PUBLIC: docex init --keep-public"},
	{provision.ErrCopy, "docex init --rehome, which gives the copy roles of its own"},
	{provision.ErrNoRole, "docex repair, which makes missing roles and rights anew"},
	{provision.ErrDrift, "docex doctor, which says what is wrong and what to do"},
	{provision.ErrTenantActive, "docex tenant suspend ID"},
	{provision.ErrTenantsLeft, "docex uninstall --with-tenants, which drops them with all their data"},
	{provision.ErrNotConfirmed, "repeat the tenant's id: --confirm ID"},
	{scope.ErrTenantNotProvisioned, "docex tenant list, which shows those that were dropped with --dropped"},
	{scope.ErrInvalidUserContext, "another --user, --tenant or --role; docex help exec"},
	{scope.ErrTenantSuspended, "docex tenant resume ID"},
	{scope.ErrSystemTenant, "an id that does not begin with $"},
	{scope.ErrInvalidTenantID, "an id of a-z, 0-9, - and _ that begins with a letter or a digit"},
	{errPackages, "it in the folder of a Go module, with packages that go build accepts; docex help vet"},
}

// ddlRemedy is what to do about a DDL that is refused, or that the server refuses. Where Citus does, the text says it.
func ddlRemedy(err error) string {
	if !errors.Is(err, provision.ErrDDL) || errors.Is(err, provision.ErrCitus) {
		return ""
	}
	var refused *provision.DDLError
	if !errors.As(err, &refused) {
		return "correct the SQL at that place; docex init tries it again"
	}
	if slices.ContainsFunc(refused.Problems, func(p provision.DDLProblem) bool {
		return p.Rule == guard.RuleUnknownFunction.String() && strings.Contains(p.Remedy, "Config.ExtensionSchemas")
	}) {
		return "policy.extension_schemas in docex.yaml, or docex init --extension-schema SCHEMA while there is none yet, " +
			"for what an extension brings"
	}
	return "docex check --ddl FOLDER, which shows what is refused at its place, without a database; instead of " +
		"migrations that have grown for years, docex ddl import of a dump of what they make"
}

func remedy(err error) string {
	if advised, ok := errors.AsType[advisedError](err); ok {
		return advised.remedy
	}
	if r := ddlRemedy(err); r != "" {
		return r
	}
	var dump *pgdump.Refusal
	if errors.As(err, &dump) {
		return dump.Remedy
	}
	var isCopy *provision.CopyError
	if errors.As(err, &isCopy) && isCopy.Original == "" && !isCopy.Rehoming {
		return "docex init --rehome in the copy, which gives it roles of its own; or docex init --original in the original"
	}
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return r.text
		}
	}
	return serverRemedy(err)
}

// Codes of what a server says to somebody who has come to the wrong place (PostgreSQL manual, appendix A).
const (
	codeInvalidAuthorization   = "28000"
	codeInvalidPassword        = "28P01"
	codeNoDatabase             = "3D000"
	codeNoPreparedStatement    = "26000"
	codePreparedStatementThere = "42P05"
)

func serverRemedy(err error) string {
	var connect *pgconn.ConnectError
	var pg *pgconn.PgError
	failed := errors.As(err, &connect)
	if errors.As(err, &pg) {
		switch {
		case pg.Code == codeNoPreparedStatement, pg.Code == codePreparedStatementThere:
			return "the server's own host and port in admin_dsn: there seems to be a pooler in between; docex doctor"
		case failed && pg.Code == codeInvalidPassword:
			return "the right user and password; those that are not in the DSN come from PGPASSWORD, or ~/.pgpass"
		case failed && pg.Code == codeInvalidAuthorization:
			return "see that the role has LOGIN, and that pg_hba.conf lets it in from here"
		case failed && pg.Code == codeNoDatabase:
			return "CREATE DATABASE, or the right name in the DSN"
		}
	}
	if failed {
		return "see that the server runs and that host, port and sslmode of the DSN are right"
	}
	return ""
}
