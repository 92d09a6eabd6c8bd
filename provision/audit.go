package provision

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/docex/docex/scope"
)

// Outcome is how a provisioning action ended. The zero Outcome is none of them.
type Outcome string

const (
	// Done actions are committed: their entry stands in the transaction of the change itself.
	Done Outcome = "done"
	// Refused actions were asked for and turned down by a check of this package; nothing changed.
	Refused Outcome = "refused"
	// Failed actions met an error of another kind, such as one in the DDL.
	Failed Outcome = "failed"
	// Interrupted actions were cut off: their context ended, or the server or the connection to it went away. Nothing
	// changed, unless that was during the commit: then there is an entry Done too, or a worker of Citus has changed alone
	// (see [ErrOutcomeUnknown]). A program that is killed can record nothing. Its transaction is rolled back, and the log
	// has no entry.
	Interrupted Outcome = "interrupted"
)

// AuditEntry is one entry of the audit log.
type AuditEntry struct {
	ID       int64     // rises, with gaps
	At       time.Time // by the server's clock
	Login    string    // the administrator's session user
	Actor    string    // from WithActor or Config.Actor; empty when neither was set
	Action   string    // the method in lower case, such as "create", as in Error.Op
	TenantID string    // empty: the action was about the installation
	Outcome  Outcome   // how it ended
	Detail   string    // what was done, or the error's text
}

type actorKey struct{}

// WithActor returns a context whose provisioning actions are recorded as actor's: the operator or the ticket on whose
// behalf the program acts. It says nothing about rights. It takes the place of Config.Actor.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// actor returns whom ctx or cfg names, cut to what the log keeps of it.
func (p *Provisioner) actor(ctx context.Context) string {
	if a, ok := ctx.Value(actorKey{}).(string); ok {
		return clip(a, maxText)
	}
	return p.cfg.Actor
}

// action is what is about to be recorded.
type action struct {
	name, tenant string
	detail       string // may be set while the action runs
	recorded     bool   // may be set while the action runs: it wrote its own entry, or found nothing to do
}

// maxDetail bounds what is kept of an error's text, in bytes.
const maxDetail = 4000

// act runs f under the lock of the action's tenant, as [Provisioner.lockedOn] does, and records it: in the same
// transaction when it succeeds, in a transaction of its own when it does not. A database without an audit log, because
// it is not initialised or has to be upgraded, records nothing; nor is a program's mistake recorded ([ErrInsideRun]),
// for which there may be no other connection.
func (p *Provisioner) act(ctx context.Context, a *action, f func(tx *sql.Tx) error) error {
	return p.actOn(ctx, p.db, a, f)
}

// actOn is act on one connection.
func (p *Provisioner) actOn(ctx context.Context, db handle, a *action, f func(tx *sql.Tx) error) error {
	err := p.lockedOn(ctx, db, a.tenant, func(tx *sql.Tx) error {
		if err := f(tx); err != nil || a.recorded {
			return err
		}
		return p.record(ctx, tx, *a, Done)
	})
	if err == nil {
		return nil
	}
	return p.notDone(ctx, db, *a, err)
}

// notDone records an action that did not happen, where there is a log to record it in, and returns why it did not.
func (p *Provisioner) notDone(ctx context.Context, e execer, a action, cause error) error {
	if errors.Is(cause, ErrNotInitialized) || errors.Is(cause, ErrUpgradeRequired) || errors.Is(cause, ErrInsideRun) {
		return cause
	}
	return p.recordError(ctx, e, a, cause)
}

// recordTimeout bounds how long an action that failed waits to be recorded. Its own context may be over already.
const recordTimeout = 5 * time.Second

// recordError records an action that did not happen and returns why it did not. When that was the loss of the
// connection, another one is used.
func (p *Provisioner) recordError(ctx context.Context, e execer, a action, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	a.detail = cause.Error()
	err := p.record(ctx, e, a, outcomeOf(cause))
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		err = p.record(ctx, p.db, a, outcomeOf(cause))
	}
	if err == nil || hasCode(err, codeUndefinedTable, codeInvalidSchemaName) {
		return cause
	}
	return fmt.Errorf("%w (and the audit log was not written: %v)", cause, err) // the cause is what callers ask for
}

// execer is what *sql.DB, *sql.Conn and *sql.Tx have in common here.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (p *Provisioner) record(ctx context.Context, e execer, a action, o Outcome) error {
	const insert = `INSERT INTO {{system}}.audit (actor, action, tenant_id, outcome, detail) VALUES ($1, $2, $3, $4, $5)`
	_, err := e.ExecContext(ctx, p.system(insert), p.actor(ctx), a.name, a.tenant, string(o), clip(a.detail, maxDetail))
	return err
}

// refusals are the sentinels that say no to what was asked. The rest are mishaps.
var refusals = []error{
	ErrInvalidConfig, ErrUnsupportedStrategy, ErrCitus, ErrServerVersion, ErrServerSettings, ErrPrivileges, ErrAppRole,
	ErrEnvironmentMismatch, ErrSettingsMismatch, ErrTenantExists, ErrSchemaExists, ErrRoleExists, ErrDrift,
	ErrDDLVersion, ErrRehearsal, ErrRewrites, ErrNotUpgraded,
	ErrTenantActive, ErrInsideRun, ErrNotConfirmed, ErrNoReason, ErrArchive, ErrLargeObjects, ErrNoSchema, ErrNoRole,
	ErrNotPartitioned, ErrTableExists, ErrCopy, ErrTenantsLeft,
	scope.ErrTenantNotProvisioned, scope.ErrTenantSuspended, scope.ErrSystemTenant,
}

// interruptions are the errors of what was cut off.
var interruptions = []error{
	ErrOutcomeUnknown,
	context.Canceled, context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, io.ErrUnexpectedEOF, net.ErrClosed,
}

// Of a server that is shut down, or that has crashed (PostgreSQL manual, appendix A).
const (
	codeAdminShutdown = "57P01"
	codeCrashShutdown = "57P02"
)

func outcomeOf(err error) Outcome {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case slices.ContainsFunc(refusals, is):
		return Refused
	case slices.ContainsFunc(interruptions, is), hasCode(err, codeAdminShutdown, codeCrashShutdown):
		return Interrupted
	}
	return Failed
}
