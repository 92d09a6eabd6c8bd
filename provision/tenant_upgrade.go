package provision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/scope"
)

// UpgradeOptions says how UpgradeTenants works. The zero value upgrades all tenants that are behind, one at a time,
// with no script.
type UpgradeOptions struct {
	// To is the label that is meant. Unless it is empty Config.DDLVersion must be the same.
	To string
	// Script holds the SQL that turns a schema of an older DDL into one of Config.DDL: files *.sql as in Config.DDL,
	// under the same rules. It may change rows, too. Nil runs nothing: for DDLs whose texts differ and whose schemas do
	// not.
	Script fs.FS
	// Then holds the second part: statements that run one by one after Script was committed, each in a transaction of
	// its own. It is where CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY may stand, which run in none, and from
	// PostgreSQL 17 on what uses a value that Script has added to an enum: before, that takes two upgrades. Nil is no
	// second part.
	Then fs.FS
	// From holds older DDLs, each as in Config.DDL, for tenants of a DDL whose text is not kept: those that a docex
	// before version 5 of the system schema made.
	From []fs.FS
	// Only names the tenants. Nil means all that are behind, those included that somebody makes meanwhile; an empty slice
	// means none.
	Only []string
	// Concurrency is how many tenants are upgraded at a time, each on a connection of its own. Zero means 1.
	Concurrency int
	// LockTimeout is how long a tenant's programs may keep the upgrade from a table, and how long it makes them wait
	// for that, before it lets go and tries again a little later. Zero means 3 s. Whole milliseconds, at least one.
	LockTimeout time.Duration
	// Retries is how often it tries again before the tenant counts as failed. Zero means 10, and -1 never.
	Retries int
	// MaxFailures ends the run when so many tenants have failed; those that have drifted count. Zero means no end.
	MaxFailures int
	// Rewrite allows a script that writes tables anew, by another type for a column for example, in tenants that are not
	// suspended. A statement that waits for such a table finds it empty when its snapshot is older than the upgrade
	// (PostgreSQL manual, 13.6 "Caveats"): in a transaction of REPEATABLE READ or SERIALIZABLE, and in a function in
	// plpgsql that is STABLE or IMMUTABLE. Set it where programs have neither. Otherwise such a script is refused.
	Rewrite bool
	// DryRun ends it after the rehearsal.
	DryRun bool
	// Progress is told of each tenant in the order in which they are done. It is called on the goroutine of
	// UpgradeTenants' caller, never twice at the same time. Nil means nobody is told.
	Progress func(o UpgradeOutcome, so UpgradeCounts)
}

// UpgradeOutcome is what became of one tenant of an upgrade.
type UpgradeOutcome struct {
	Tenant Tenant        // as registered afterwards
	Result UpgradeResult // how it went
	Err    error         // an *[Error]; nil when the tenant is upgraded, or was before
}

// UpgradeResult is how it went for one tenant. The zero UpgradeResult is none of them.
type UpgradeResult string

const (
	// UpgradeDone tenants are as the new DDL makes them, and recorded so.
	UpgradeDone UpgradeResult = "upgraded"
	// UpgradeCurrent tenants were recorded so before: by somebody else meanwhile, or UpgradeOptions.Only names them.
	UpgradeCurrent UpgradeResult = "current"
	// UpgradeHalf tenants have the first part, and the second failed. They can be worked for, and the same call goes
	// on.
	UpgradeHalf UpgradeResult = "second part to do"
	// UpgradeDrifted tenants differed from their record, are as they were, and need somebody to look at the
	// differences.
	UpgradeDrifted UpgradeResult = "drifted"
	// UpgradeFailed tenants are as they were.
	UpgradeFailed UpgradeResult = "failed"
)

// UpgradeCounts counts outcomes. Found is how many tenants were found to be behind so far. The others are of those, by
// UpgradeResult: Done, Current, Half, Drifted and Failed.
type UpgradeCounts struct{ Found, Done, Current, Half, Drifted, Failed int }

func (c *UpgradeCounts) add(r UpgradeResult) {
	switch r {
	case UpgradeDone:
		c.Done++
	case UpgradeCurrent:
		c.Current++
	case UpgradeHalf:
		c.Half++
	case UpgradeDrifted:
		c.Drifted++
	default:
		c.Failed++
	}
}

func (c UpgradeCounts) bad() int { return c.Half + c.Drifted + c.Failed }

// UpgradeReport is what UpgradeTenants has done.
type UpgradeReport struct {
	UpgradeCounts
	Rehearsed []Rehearsal // one for each older DDL
	Tenants   []Tenant    // that are behind; of a dry run only
}

// Rehearsal is what was tried before any tenant was touched.
type Rehearsal struct {
	DDLDigest  string   // the older DDL
	DDLVersion string   // a label of it, if it has one
	Tenants    int      // how many tenants of it there were
	Rewritten  []string // tables that the script writes anew: see UpgradeOptions.Rewrite
}

// UpgradeTenants brings the tenants that an older DDL made to the Provisioner's, whose label is Config.DDLVersion. It
// is explicit and offline: while a tenant is at it, its programs wait, and other tenants' do not.
//
// First comes a rehearsal in a transaction that is rolled back: in an empty schema of each older DDL the script is run,
// and what it makes is compared with what the new DDL makes, as [Provisioner.Verify] compares. A difference ends
// everything before any tenant is touched: the error is a *[RehearsalError] and matches [ErrRehearsal].
//
// Then each tenant is upgraded in a transaction of its own, under its lock and with all its tables and views locked,
// by the administrator with the tenant's schema, Config.ExtensionSchemas and pg_temp as the search_path. It is
// described again, compared, recorded with the new digest and label, and entered in the audit log. On any error it is
// as it was. What somebody has added to a tenant and accepted by [Provisioner.Reseal] may stay. A tenant that differs
// from its record is not upgraded, unless the script leads to the new schema all the same. Suspended tenants are
// upgraded, and stay suspended.
//
// A run that was interrupted, in whatever way, is taken up again by calling it once more: every tenant is old or new,
// or has the second part to do (Tenant.NextDDL). Tenants that somebody makes from the old DDL meanwhile are found, and
// upgraded too.
//
// On Citus the rehearsal's schemas are distributed, and each new table is put into the tenant's shard group before the
// next statement. What Citus refuses matches [ErrCitus] as well.
//
// Programs see no error, only longer waits, with one exception. A connection has prepared a statement whose result now
// has other columns, such as SELECT *: inside a transaction it fails there, once (0A000); outside one pgx prepares it
// anew. Name the columns, and change their types while the tenant is suspended.
//
// The error is nil when all tenants are new. Otherwise it is that of the context; the number of tenants that are not
// around the first one's error; or one that meets all: [ErrRehearsal], [ErrDDLVersion], a *[DDLError] about the script,
// scope.ErrTenantNotProvisioned for an id in Only, or as for Create.
func (p *Provisioner) UpgradeTenants(ctx context.Context, o UpgradeOptions) (UpgradeReport, error) {
	report, err := p.upgradeTenants(ctx, o)
	return report, wrap("upgrade tenants", "", err)
}

// Behind reports whether an older DDL made t, or an upgrade of t has its second part to do.
func (p *Provisioner) Behind(t Tenant) bool {
	return t.State != Dropped && t.State != Dropping && (t.DDLDigest != p.ddl.digest || t.NextDDL != "")
}

const (
	defaultLockTimeout    = 3 * time.Second
	defaultUpgradeRetries = 10
)

// withDefaults returns a checked copy of o in which zero fields are filled in.
func (o UpgradeOptions) withDefaults() (UpgradeOptions, error) {
	var err error
	if o.Concurrency, err = workers(o.Concurrency); err != nil {
		return o, err
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.Retries == 0 {
		o.Retries = defaultUpgradeRetries
	}
	switch {
	case o.LockTimeout < time.Millisecond || o.LockTimeout > 24*time.Hour:
		return o, invalidConfig("lock timeout %v: it is from 1ms to 24h", o.LockTimeout)
	case o.Retries < -1:
		return o, invalidConfig("retries %d", o.Retries)
	case o.MaxFailures < 0:
		return o, invalidConfig("max failures %d", o.MaxFailures)
	}
	for _, id := range o.Only {
		if err := scope.ValidateTenantID(id); err != nil {
			return o, err
		}
	}
	o.Retries = max(o.Retries, 0)
	return o, nil
}

// RehearsalError says why no tenant was touched: the script does not turn a schema of an older DDL into one of the new,
// or could not be tried. It matches [ErrRehearsal].
type RehearsalError struct {
	DDLDigest   string       // the older DDL
	DDLVersion  string       // a label of it, if it has one
	Tenants     int          // how many tenants of it there are
	Differences []Difference // Want is of the new DDL, Got of the script
	Err         error        // the reason, when it is another one
}

func (e *RehearsalError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: from the DDL of %s (", ErrRehearsal, plural.Count(e.Tenants, "tenant"))
	if e.DDLVersion != "" {
		fmt.Fprintf(&b, "version %q, ", e.DDLVersion)
	}
	b.WriteString(e.DDLDigest + "): ")
	if e.Err != nil {
		b.WriteString(strings.TrimPrefix(e.Err.Error(), "docex: "))
		return b.String()
	}
	b.WriteString("the script makes another schema than the new DDL: " + list(e.Differences))
	return b.String()
}

// Is makes errors.Is hold for ErrRehearsal.
func (e *RehearsalError) Is(target error) bool { return target == ErrRehearsal }

// Unwrap gives the reason.
func (e *RehearsalError) Unwrap() error { return e.Err }

// errBusy: somebody else holds what the upgrade of a tenant needs. It is worth another try.
var errBusy = errors.New("docex: in use")
