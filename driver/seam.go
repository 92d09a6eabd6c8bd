package driver

import (
	"context"

	"github.com/docex/docex/internal/pinseam"
	"github.com/docex/docex/scope"
)

// sendPin runs a pin's statements in a round trip of their own, or asks a test double to answer for them.
func (c *conn) sendPin(ctx context.Context, tenant string, statements []string) error {
	p, ok := c.inner.(pinseam.Pinner)
	if !ok {
		return c.execText(ctx, text(statements))
	}
	schema, err := scope.SchemaName(tenant)
	if err != nil {
		return err
	}
	return p.Pin(ctx, pinseam.Pin{TenantID: tenant, Schema: schema})
}
