package provision_test

import (
	"context"
	"errors"

	"github.com/docex/docex/provision"
)

// operation is one that may be cut off at any moment. Afterwards the tenant is as it was before or as it should be after.
type operation struct {
	name          string
	prepare       func(ctx context.Context, p *provision.Provisioner, id string) error
	run           func(ctx context.Context, p *provision.Provisioner, id string) error
	before, after provision.State // none: there is no such tenant
}

// none is the state of a tenant that nothing is left of, or nothing was made of yet.
const none provision.State = ""

var operations = []operation{
	{"create", nothing, create, none, provision.Active},
	{"suspend", create, suspend, provision.Active, provision.Suspended},
	{"resume", inTurn(create, suspend), resume, provision.Suspended, provision.Active},
	{"drop", inTurn(create, suspend), drop, provision.Suspended, provision.Dropped},
}

func nothing(context.Context, *provision.Provisioner, string) error { return nil }

func create(ctx context.Context, p *provision.Provisioner, id string) error {
	_, err := p.Create(ctx, provision.Tenant{ID: id})
	return err
}

func suspend(ctx context.Context, p *provision.Provisioner, id string) error {
	return p.Suspend(ctx, id)
}

func resume(ctx context.Context, p *provision.Provisioner, id string) error { return p.Resume(ctx, id) }

func drop(ctx context.Context, p *provision.Provisioner, id string) error { return p.Drop(ctx, id, id) }

func inTurn(steps ...func(context.Context, *provision.Provisioner, string) error) func(context.Context, *provision.Provisioner, string) error {
	return func(ctx context.Context, p *provision.Provisioner, id string) error {
		for _, step := range steps {
			if err := step(ctx, p, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// bring takes a new tenant to a state.
func bring(ctx context.Context, p *provision.Provisioner, id string, to provision.State) error {
	switch to {
	case none:
		return nil
	case provision.Active:
		return create(ctx, p, id)
	case provision.Suspended:
		return inTurn(create, suspend)(ctx, p, id)
	case provision.Dropped:
		return inTurn(create, suspend, drop)(ctx, p, id)
	}
	return errors.New("unknown state " + string(to))
}
