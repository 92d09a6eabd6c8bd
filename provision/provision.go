// Package provision makes tenants: in a PostgreSQL database, one schema and one role for each, of your DDL.
//
// Call [New] with an administrator's handle of plain pgx, not one of docex's own driver. Call [Provisioner.Init] once
// for the database, and [Provisioner.Create] once for each tenant:
//
//	p, err := provision.New(admin, provision.Config{AppRole: "app", DDL: os.DirFS("ddl"), DDLVersion: "1"})
//	err = p.Init(ctx)
//	tenant, err := p.Create(ctx, provision.Tenant{ID: "acme"})
//
// Other tasks:
//
//   - Many tenants at once: [Provisioner.CreateMany]. A schema that is there already: [Provisioner.Adopt].
//   - Stop work for a tenant, and go on: [Provisioner.Suspend], [Provisioner.Resume]. For good: [Provisioner.Drop].
//   - See who is there: [Provisioner.Get], [Provisioner.List], [Provisioner.Overview]. What was done and refused:
//     [Provisioner.Audit].
//   - Find what somebody has changed in a tenant: [Provisioner.Verify], [Provisioner.VerifyAll]. Accept it:
//     [Provisioner.Reseal]. Rows, sequences' positions and partitions are data, and no change.
//   - Work in all tenants, or one: [Provisioner.ForEachTenant], [Provisioner.WithTenant].
//   - A new version of the DDL: [Provisioner.UpgradeTenants]. A new version of docex: [Provisioner.Upgrade]. Until
//     then it refuses to work.
//   - An archive of one tenant, and a tenant of an archive: [Provisioner.Export], [Provisioner.Import].
//   - After a restore on another server: [Provisioner.Repair].
//
// The command docex does each of them as well. Tenants are on one server or, with [Citus], on several.
//
// # What is promised
//
//   - Each call is one transaction under an advisory lock, so it happens whole or not at all. Exception: dropping a
//     tenant that is too large for one transaction can be resumed.
//   - Of several callers racing on one tenant exactly one wins.
//   - What was done stands in the audit log, and so does what was refused.
//   - Nothing that is found in the way is adopted unasked, cut short or overwritten.
//   - A tenant's role has rights on its own schema and on the configured shared schemas, and on nothing else that
//     docex made.
//   - Suspending a tenant stops sessions that are pinned to it, at their next statement that touches its schema.
//
// # What is not promised
//
// A role per tenant does not hold against someone who can send any SQL as the application's login role. That login is a
// member of every tenant's role, and may go from one to the other. It takes the guard to refuse SET ROLE. A superuser
// as the application's login, as with the zero Config, makes that worse: without the guard it reads everything.
//
// Rights do not hide what PostgreSQL shows to everybody: names and sizes of all objects, statistics, notifications,
// advisory locks. docs/security.md counts under "What each wall stops" what needs the guard.
//
// The package does not migrate a tenant's schema at run time. [Provisioner.UpgradeTenants] is explicit and offline.
//
// It does not defend against the DDL that the administrator configures. [New] checks it for mistakes: names of other
// schemas, statements about what belongs to the whole database or server, and those that cannot run in a transaction.
// It reads statements, views, defaults, and functions in LANGUAGE sql as PostgreSQL 16 does. Of plpgsql it reads the
// words only. [Provisioner.DDLWarnings] tells how the strings begin that plpgsql executes.
//
// The administrator owns a tenant's objects. So a view reads its tables with the administrator's rights, and passes by
// their row security policies. Where tables have policies, make their views WITH (security_invoker = true).
//
// The SQL that runs is in the folder sql. What PostgreSQL guarantees about it is cited where the code relies on it.
package provision

import (
	"context"
	"database/sql"
	"strings"
	"sync"
)

// Provisioner runs administrative operations on one database. It holds no state of its own beyond its configuration and
// is safe for concurrent use, as is the *sql.DB behind it.
type Provisioner struct {
	db   *sql.DB
	cfg  Config // with defaults filled in
	ddl  ddl
	seed ddl
	// catalogKey is under which the description of what ddl makes is kept: its digest, with which of its tables are
	// read-only, if any.
	catalogKey string
	// citus says what Citus refuses in ddl; nil where New has asked already, or need not.
	citus func() error
}

// New returns a Provisioner that works through db, which must be a handle of pgx's stdlib driver, opened by a role that
// may create roles and schemas. It checks cfg, reads and checks cfg.DDL and cfg.Seed, and does not touch the database.
// The error is an *[Error] that matches [ErrDocexHandle], [ErrInvalidConfig] or [ErrUnsupportedStrategy]; for SQL that
// is refused, errors.As finds a *[DDLError] that lists all that is wrong with it.
func New(db *sql.DB, cfg Config) (*Provisioner, error) {
	if db == nil {
		return nil, wrap("new", "", invalidConfig("the database handle is nil"))
	}
	if isGuarded(db) {
		return nil, wrap("new", "", ErrDocexHandle)
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, wrap("new", "", err)
	}
	made, seed, err := loadDDL(cfg)
	if err != nil {
		return nil, wrap("new", "", err)
	}
	key := made.digest
	if closed := made.namesIn(cfg.ReadOnlyTables); len(closed) > 0 {
		key += " read-only " + strings.Join(closed, " ")
	}
	p := &Provisioner{db: db, cfg: cfg, ddl: made, seed: seed, catalogKey: key}
	if cfg.Distribution == "" {
		p.citus = sync.OnceValue(func() error { return checkCitus(made) })
	}
	return p, nil
}

// isGuarded reports whether db is a handle of docex's driver. A zero sql.DB, which is enough to have a DDL checked, has
// no driver, and panics when it is asked for it.
func isGuarded(db *sql.DB) (guarded bool) {
	defer func() { _ = recover() }()
	_, guarded = db.Driver().(interface{ Guarded() })
	return guarded
}

// CheckDDL checks cfg.DDL and cfg.Seed as [New] does, without a handle: of cfg it takes what says which names the two
// may hold. warnings are those of [Provisioner.DDLWarnings] for a DDL that is accepted. err is as New's.
func CheckDDL(cfg Config) (warnings []DDLProblem, err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return nil, wrap("check", "", err)
	}
	made, _, err := loadDDL(cfg)
	if err != nil {
		return nil, wrap("check", "", err)
	}
	return ddlWarnings(cfg, made), nil
}

// beginner is what *sql.DB and *sql.Conn have in common here, and handle all of it.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

type handle interface {
	beginner
	rowsQueryer
	execer
	queryer
}

// lockedOn runs f in one transaction that holds the advisory lock of the tenant, or of the installation when id is
// empty, and commits when f returns nil. PostgreSQL releases the lock with the transaction, also when the connection
// dies.
func (p *Provisioner) lockedOn(ctx context.Context, db beginner, id string, f func(tx *sql.Tx) error) error {
	if err := p.outsideRuns(ctx); err != nil {
		return err
	}
	return inTransaction(ctx, db, "pg_catalog.pg_advisory_xact_lock($1)", lockKey(p.cfg.SystemSchema, id), f)
}

// patience is an expression for inTransaction: how long each statement waits for a lock.
const patience = `pg_catalog.set_config('lock_timeout', $1, true)`

// inTransaction runs f in one transaction, which begins with an expression of the parameter $1, and commits when f
// returns nil.
//
// READ COMMITTED is asked for by name, whatever the database's default is: under a stricter level f's queries would see
// the state from before the wait for the lock, and a race would be found only by a unique index. The search_path is set
// so that no operator or function that f's statements use can be one that somebody left in a schema on the
// administrator's own path. JIT is off: it takes longer to compile a catalog query than to run it. Citus leaves new
// schemas alone. Where a database is set to that, it would make each a distributed one, docex's own included.
func inTransaction(
	ctx context.Context, db beginner, expression string, arg any, f func(tx *sql.Tx) error,
) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	// After a commit this does nothing; when it fails itself the connection is gone, and the server has rolled back.
	defer tx.Rollback()
	const set = `
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), pg_catalog.set_config('jit', 'off', true),
       pg_catalog.set_config('citus.enable_schema_based_sharding', 'off', true), `
	if _, err := tx.ExecContext(ctx, set+expression, arg); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
