package session

import (
	"errors"

	"github.com/docex/docex/scope"
)

// Error is docex's own refusal.
type Error = scope.Error

// ErrGone: the session is of no use any more and nothing of the operation has run, so another session may run it. A
// door turns it into driver.ErrBadConn, or into what its pool knows.
var ErrGone = errors.New("docex: the connection is of no use any more")

// ErrBatchNeedsTx: nothing of the batch has run, and it is to be sent in a transaction. No caller sees it.
var ErrBatchNeedsTx = errors.New("docex: the batch needs a transaction")

// The sentinels, of which package driver exports and documents the first.
var (
	ErrPooler         = errors.New("docex: a connection pooler may be in between")
	ErrServerVersion  = errors.New("docex: the server is too old")
	ErrServerSettings = errors.New("docex: the server's lexer settings differ from the guard's")
	ErrOutcomeUnknown = errors.New("docex: whether the statement has run is not known")
	ErrWeakLogin      = errors.New("docex: the login role walks past the tenants' roles")
	ErrNotInBatch     = errors.New("docex: statement may not run in a batch")

	errPinRefused = errors.New("docex: the server refused the pin")
	errUnasked    = errors.New("docex: the registry could not be asked whether the tenant was suspended or dropped " +
		"meanwhile")
	errBusy = errors.New("docex: the connection still delivers rows of an earlier statement; read them to " +
		"the end, or close them")
	errPathMoved      = errors.New("docex: a function of the tenant's has moved search_path; the connection is closed")
	errSessionSetting = errors.New("docex: a setting of the session would not stay with the connection, since each " +
		"transaction is pinned; use SET LOCAL in a transaction")
	errSchemaDiffer  = errors.New("docex: the tenant's schema is not the one derived from its id")
	errPinNotGranted = errors.New("docex: the login role may not use this tenant; " +
		"is it the application role that provisioning was configured with? docex doctor says which that is")
	errTenantsNotGranted = errors.New("docex: the login role may not ask which tenants there are; " +
		"is it the application role that provisioning was configured with? docex doctor says which that is")
	errNoTenants = errors.New("docex: the server's answer is no list of tenants")

	errNoGate        = errors.New("docex: nothing would stop what goes past the filter of this connection")
	errUncertain     = errors.New("docex: the state of the connection is not certain")
	errLeftOpen      = errors.New("docex: a transaction was left open")
	errMaxTenants    = errors.New("docex: the connection has served as many tenants as it may")
	errFewStatements = errors.New("docex: the connection keeps fewer prepared statements than its tenants need")
)
