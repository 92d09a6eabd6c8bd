// Package doctor proves an installation of docex: that configuration, server, roles, registry and pooler are as
// isolation needs them, and, with two scratch tenants, that tenants are kept apart. The entry point is [Run].
//
// Promise: it reads only, but for the scratch tenants, which it makes like any others, works in with the application's
// own login, and removes again, also when its context is cancelled meanwhile. It never works for a tenant of
// somebody's, and no finding holds a password.
//
// Not promised: that nothing else is wrong. It looks at one moment, through one connection string, and does not know
// what statements the application sends.
package doctor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/provision"
)

// Status is how a check ended. The zero Status is none of them.
type Status string

const (
	OK      Status = "ok"
	Warning Status = "warning" // the installation works, and one of its walls is thinner than it need be
	Failure Status = "failure" // tenants are not kept apart, cannot be worked for, or are not what the registry says
	Skipped Status = "skipped" // it could not be checked, or was not to be
)

// Finding is a line of the result.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"` // what to do: a statement for the administrator, or a command; empty when ok
}

// Options say what to check.
type Options struct {
	Config      config.Config
	Path        string                 // of the configuration file
	Admin       *sql.DB                // the administrator's plain handle
	Provisioner *provision.Provisioner // on Admin
	AppDSN      string
	NoProof     bool // leaves the scratch tenants out
	NoDrift     bool // leaves the comparison of every tenant out

	Report   func(Finding)          // called with each finding, in order, from the goroutine of Run
	Progress func(done, total int)  // called from time to time while tenants are compared
	Remedy   func(err error) string // what to do about an error; may return ""
}

// ErrUnreachable: the administrator could not log in, so that next to nothing was checked.
var ErrUnreachable = errors.New("docex: doctor: the administrator's connection failed")

// check is a row of the table of checks.
type check struct {
	name  string
	needs need
	run   func(context.Context, *doctor) ([]Finding, error)
	whole bool // skipped while there is a cause: what follows from it would be reported beside the advice that helps
}

// need is what must have worked for a check to make sense.
type need int

const (
	nothing   need = iota
	admin          // the administrator's connection
	installed      // admin, and the registry
	app            // installed, and the application's connection
)

var checks = []check{
	{"config-file", nothing, checkFile, false},
	{"admin-connection", nothing, checkAdmin, false},
	{"admin-pooler", admin, checkAdminPooler, false},
	{"server", admin, checkServer, false},
	{"extensions", admin, checkExtensions, false},
	{"installation", admin, checkInstallation, false},
	{"app-connection", nothing, checkApp, false},
	{"app-pooler", app, checkAppPooler, false},
	{"same-database", app, checkSameDatabase, false},
	{"app-login", app, checkLogin, false},
	{"app-attributes", app, checkAttributes, false},
	{"app-memberships", app, checkMemberships, false},
	{"app-ownership", app, checkOwnership, false},
	{"app-rights", app, checkRights, true},
	{"public-rights", installed, checkPublic, true},
	{"role-settings", installed, checkSettings, false},
	{"registry", installed, checkRegistry, true},
	{"nodes", installed, checkNodes, true},
	{"isolation", app, checkIsolation, true},
	{"drift", installed, checkDrift, true},
}

// Run makes all checks, whatever the earlier ones found, and reports what they find. The error is that of ctx, or
// matches ErrUnreachable; findings are no error.
func Run(ctx context.Context, o Options) error {
	d := &doctor{Options: o, told: map[string]bool{}}
	defer d.close()
	for _, c := range checks {
		for _, f := range d.try(ctx, c) {
			if f.Check == "" {
				f.Check = c.name
			}
			d.Report(f)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if d.adminErr != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, d.adminErr)
	}
	return nil
}

// doctor is one run: what the checks so far have learnt.
type doctor struct {
	Options

	adminErr, installErr, appErr error // why the checks that need it are skipped

	administrator string // the administrator's session user
	server        server
	in            installation
	cause         string          // what is wrong, where one remedy mends it and what later checks would find of it
	told          map[string]bool // the tenants that a check has named as not as the registry says

	guarded *sql.DB // the application's handle, through the driver; nil unless appErr is
	plain   *sql.DB // the application's handle, without the driver
	login   string  // its session user

	elsewhere bool   // the application's handles lead to another database
	super     bool   // the application's login is a superuser
	thin      string // why the role wall does not hold, where a check has said so as a warning
	unfit     string // why the proof with scratch tenants would fail, or not be safe
}

func (d *doctor) close() {
	for _, db := range []*sql.DB{d.guarded, d.plain} {
		if db != nil {
			db.Close()
		}
	}
}

// try runs a check, if what it needs is there.
func (d *doctor) try(ctx context.Context, c check) []Finding {
	if reason := d.missing(c.needs); reason != "" {
		return []Finding{skipped("because %s", reason)}
	}
	if c.whole && d.cause != "" {
		return []Finding{skipped("because %s", d.cause)}
	}
	findings, err := c.run(ctx, d)
	if err != nil && ctx.Err() == nil {
		findings = append(findings, d.failed(err))
	}
	return findings
}

func (d *doctor) missing(n need) string {
	switch {
	case n >= admin && d.adminErr != nil:
		return "admin_dsn does not connect"
	case n >= installed && d.installErr != nil:
		return "the registry cannot be used"
	case n >= app && d.appErr != nil:
		return "app_dsn does not connect"
	case n >= app && d.elsewhere:
		return "app_dsn leads to another database"
	}
	return ""
}

// failed turns an error into a finding on one line.
func (d *doctor) failed(err error) Finding { return failure(d.Remedy(err), "%s", oneLine(err)) }

// oneLine is an error's text. Errors that are joined can say the same.
func oneLine(err error) string {
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(dsnerr.Text(err), "docex: ")) {
		if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

func ok(format string, args ...any) Finding {
	return Finding{Status: OK, Detail: fmt.Sprintf(format, args...)}
}

func skipped(format string, args ...any) Finding {
	return Finding{Status: Skipped, Detail: fmt.Sprintf(format, args...)}
}

func warning(remedy, format string, args ...any) Finding {
	return Finding{Status: Warning, Remedy: remedy, Detail: fmt.Sprintf(format, args...)}
}

func failure(remedy, format string, args ...any) Finding {
	return Finding{Status: Failure, Remedy: remedy, Detail: fmt.Sprintf(format, args...)}
}

// one is for checks with one finding.
func one(f Finding) ([]Finding, error) { return []Finding{f}, nil }
