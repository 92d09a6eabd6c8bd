package around

import (
	"context"
	"errors"
	"fmt"

	"github.com/docex/docex/provision"
)

// UpAll has a migration tool run in every tenant that is behind p's DDL, and docex record what it has done. Reseal
// records a tenant only when it is what the DDL makes, so one that the tool has left halfway stays behind. The DDL has
// the tool's version table, and the seed its rows: the tool then finds a new tenant up to date.
//
// It is the long way round. Provisioner.UpgradeTenants rehearses a script, locks what it changes and goes on where it
// was interrupted: see TestMigrations, which does both.
func UpAll(ctx context.Context, p *provision.Provisioner, up func(schema string) error) error {
	all, err := p.List(ctx, provision.ListOptions{})
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range all {
		if !p.Behind(t) {
			continue
		}
		err := up(t.Schema)
		if err == nil {
			_, err = p.Reseal(ctx, t.ID)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.ID, err))
		}
	}
	return errors.Join(errs...)
}
