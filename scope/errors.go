package scope

import (
	"errors"
	"strings"
)

// Sentinels for errors.Is. The driver and the provisioner return errors that match one of them and carry the details.
var (
	// ErrNoUserContext: the context.Context holds no UserContext. Every operation on tenant data needs one.
	ErrNoUserContext = errors.New(
		"docex: no UserContext in the context: put one there with scope.With, or use driver.Bind")
	// ErrInvalidUserContext: a UserContext is there but incomplete or malformed.
	ErrInvalidUserContext = errors.New("docex: invalid UserContext")
	// ErrTenantNotProvisioned: no tenant of that id is registered in the database, or it was dropped.
	ErrTenantNotProvisioned = errors.New("docex: tenant is not provisioned")
	// ErrTenantSuspended: the tenant exists and is suspended.
	ErrTenantSuspended = errors.New("docex: tenant is suspended")
	// ErrSystemTenant: the system tenant anchors provisioning and is never used for end-user operations.
	ErrSystemTenant = errors.New("docex: the system tenant runs no user statements")
	// ErrTenantMismatch: a Tx or Conn, or a Stmt of one, was used with another tenant than the one it was opened for; or
	// With was called over a context of another tenant.
	ErrTenantMismatch = errors.New("docex: tenant differs from the one this handle was opened for")
	// ErrNotInitialized: the database has no docex system schema, or the login role may not use it.
	ErrNotInitialized = errors.New("docex: the database is not initialised (see docex init)")
	// ErrUpgradeRequired: an older docex made the system schema; provision's Upgrade brings it up to date.
	ErrUpgradeRequired = errors.New("docex: the system schema must be upgraded (see docex init --upgrade)")
)

// errSwitched is what From returns where With was called over a context of another tenant.
var errSwitched error = &failure{
	msg: "docex: tenant differs from the one of the context that scope.With was given; begin at a context without a " +
		"UserContext",
	is: []error{ErrTenantMismatch},
}

// errGin is what From returns for a *gin.Context.
var errGin error = &failure{
	msg: "docex: no UserContext in the context, which is gin's: pass c.Request.Context(), and put the UserContext into " +
		"that",
	is: []error{ErrNoUserContext},
}

var (
	errEmpty   = errors.New("empty")
	errNotUTF8 = errors.New("not valid UTF-8")
)

// failure is an error with a message of its own that matches several sentinels.
type failure struct {
	msg string
	is  []error
}

func (f *failure) Error() string   { return f.msg }
func (f *failure) Unwrap() []error { return f.is }

// because joins a sentinel and its cause without repeating the prefix that both have.
func because(sentinel, cause error) error {
	return &failure{
		msg: sentinel.Error() + ": " + strings.TrimPrefix(cause.Error(), "docex: "),
		is:  []error{sentinel, cause},
	}
}
