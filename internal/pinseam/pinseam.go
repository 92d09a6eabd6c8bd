// Package pinseam lets docex's own test doubles answer a pin, which on a server is SQL that no mock should have to expect.
//
// The package is internal and [Pin] is part of the method's signature, so no driver outside this module can take a pin
// upon itself, by mistake or on purpose.
package pinseam

import "context"

// Pin says which tenant the session is to be pinned to.
type Pin struct {
	TenantID string
	Schema   string // the tenant's, unquoted
}

// Pinner is implemented by a base connection that is no server: driver.Wrap asks it instead of sending the pin. A nil
// error means that the session is pinned.
type Pinner interface {
	Pin(ctx context.Context, p Pin) error
}
