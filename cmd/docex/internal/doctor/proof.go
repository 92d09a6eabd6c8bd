package doctor

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// scratchID is the form of scratch tenants' ids; registry.sql knows it too. There is no "-" in those of today, since
// Citus makes no functions in schemas whose names need quotes.
var scratchID = regexp.MustCompile(`^docex[-_]doctor[-_][0-9a-f]{12}[-_][ab]$`)

// proof is a pair of scratch tenants. Their ids are random, so that doctors side by side do not meet.
type proof struct {
	d    *doctor
	a, b provision.Tenant
}

// probe is a table that the administrator adds to each scratch schema: a row of it says whose it is, whatever tables
// the DDL makes. The tenant's role gets its rights on it as on every table of the administrator's there, by default
// privileges.
const probe = "docex_doctor_probe"

// removeTimeout bounds the removal of the scratch tenants, which goes on when the context of Run is over.
const removeTimeout = 2 * time.Minute

// stage is one part of the proof.
type stage struct {
	name   string
	run    func(context.Context, *proof) error
	proved string
}

var stages = []stage{
	{"isolation-rows", provesRows,
		"each of two tenants sees its own rows only, also after errors, rollbacks and turns on one connection"},
	{"isolation-guard", provesGuard,
		"the driver refuses other tenants' tables, roles, the registry, and statements for nobody"},
	{"isolation-roles", provesRoles,
		"the server refuses the same without the driver"},
	{"isolation-burst", provesBurst,
		"two tenants at once on shared connections see their own rows only"},
	{"isolation-suspend", provesSuspend,
		"a suspended tenant is refused from the next statement on, also on a connection that works for it already"},
}

// checkIsolation makes two tenants, proves that they are kept apart, and removes them.
func checkIsolation(ctx context.Context, d *doctor) (fs []Finding, err error) {
	switch {
	case d.NoProof:
		return one(skipped("because of --no-proof"))
	case d.unfit != "":
		return one(skipped("because %s", d.unfit))
	}
	p := newProof(d)
	defer func() {
		if left := p.remove(ctx); left != nil {
			remedy := fmt.Sprintf("docex tenant suspend %[1]s && docex tenant drop %[1]s --confirm %[1]s, and for %[2]s alike",
				p.a.ID, p.b.ID)
			fs = append(fs, failure(remedy, "the scratch tenants were not removed: %v", left))
		}
	}()
	if err := p.make(ctx); err != nil {
		return nil, fmt.Errorf("no scratch tenants: %w", err)
	}
	for _, s := range stages {
		f := p.stage(ctx, s)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		d.Report(f) // as it comes: all of them take seconds
	}
	return nil, nil
}

func newProof(d *doctor) *proof {
	var b [6]byte
	rand.Read(b[:]) // never fails
	id := "docex_doctor_" + hex.EncodeToString(b[:])
	return &proof{d: d, a: provision.Tenant{ID: id + "_a"}, b: provision.Tenant{ID: id + "_b"}}
}

func (p *proof) make(ctx context.Context) error {
	for _, t := range []*provision.Tenant{&p.a, &p.b} {
		made, err := p.d.Provisioner.Create(ctx, *t)
		if err != nil {
			return err
		}
		*t = made
		if _, err := p.d.Admin.ExecContext(ctx, `CREATE TABLE `+table(t.Schema)+` (marker text)`); err != nil {
			return err
		}
	}
	return nil
}

func table(schema string) string { return quote(schema) + "." + probe }

// remove drops what is there of the tenants, and then their tombstones. Those keep an id from being given out again to
// somebody who would be taken for its first owner; these ids are random and had none. Otherwise each run would leave
// two rows for good. The audit log keeps what was done.
func (p *proof) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	p.d.guarded.SetMaxIdleConns(0) // sessions that are still pinned to them
	return errors.Join(p.removeOne(ctx, p.a.ID), p.removeOne(ctx, p.b.ID))
}

func (p *proof) removeOne(ctx context.Context, id string) error {
	gone := func(err error) bool { return err == nil || errors.Is(err, scope.ErrTenantNotProvisioned) }
	if err := p.d.Provisioner.Suspend(ctx, id); !gone(err) {
		return err
	}
	if err := p.d.Provisioner.Drop(ctx, id, id); !gone(err) {
		return err
	}
	_, err := p.d.Admin.ExecContext(ctx, p.d.sql(`DELETE FROM {{system}}.tenant WHERE id = $1 AND state = 'dropped'`), id)
	return err
}

// stageTimeout bounds a stage; each takes a fraction of a second on a server that answers.
const stageTimeout = time.Minute

func (p *proof) stage(ctx context.Context, s stage) Finding {
	ctx, cancel := context.WithTimeout(ctx, stageTimeout)
	defer cancel()
	defer p.d.guarded.SetMaxIdleConns(0) // a pooler's session or a role's connection limit may be needed next
	var f Finding
	switch err := s.run(ctx, p); {
	case err == nil:
		f = ok("%s", s.proved)
	case ctx.Err() != nil:
		f = failure("see what keeps the server busy, and that a pooler has two connections for the application",
			"not proved in %v: %v", stageTimeout, err)
	case errors.Is(err, errThin):
		f = warning("mend the warnings above", "%v, as %s", err, p.d.thin)
	default:
		f = failure("mend the failures above first; until this is understood, keep the application from the database", "%s",
			oneLine(err))
	}
	f.Check = s.name
	return f
}

// errThin: the role wall does not hold, which a check before has warned of.
var errThin = errors.New("only the guard is between tenants")
