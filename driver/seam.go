package driver

import (
	"context"

	"github.com/docex/docex/internal/pinseam"
)

// sendPin runs a pin in a round trip of its own, or asks a test double to answer for it. It returns what execText does.
func (c *conn) sendPin(ctx context.Context, op *operation, p pin) ([]string, error) {
	if double, ok := c.inner.(pinseam.Pinner); ok {
		return nil, double.Pin(ctx, pinseam.Pin{TenantID: op.tenant, Schema: op.schema})
	}
	return c.execText(ctx, p.text())
}
