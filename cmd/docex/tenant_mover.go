package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// mover is one run of docex tenant move.
type mover struct {
	c        *cli
	id       string
	from, to site
	keep     bool
	dir      string
}

// confirmed asks before anything is done what Drop asks for in the end.
func (m mover) confirmed(ctx context.Context, repeated string) (err error) {
	if m.keep {
		return nil
	}
	if repeated == "" && isTerminal(m.c.in) {
		if repeated, err = m.c.ask(ctx, fmt.Sprintf(
			"This deletes tenant %s here with all its data, once it is there.\nType its id to go on: ", m.id)); err != nil {
			return err
		}
	}
	if repeated != m.id {
		return notConfirmed("--confirm " + m.id)
	}
	return nil
}

// tell says on standard error what is done of a move, which can take hours.
func (m mover) tell(format string, args ...any) {
	fmt.Fprintf(m.c.err, "%s: %s\n", m.id, fmt.Sprintf(format, args...))
}

func (m mover) run(ctx context.Context) error {
	arrived, err := m.arrived(ctx)
	if err == nil && !arrived {
		if err = m.bring(ctx); err == nil {
			arrived, err = m.arrived(ctx) // somebody may have resumed it here meanwhile
		}
	}
	if err != nil {
		return err
	}
	if !arrived {
		return errRemoved
	}
	m.tell("all of it is there")
	here, err := m.from.p.Get(ctx, m.id)
	if err != nil {
		return err
	}
	if !m.keep && here.State != provision.Dropped {
		if err := m.from.p.Drop(ctx, m.id, m.id); err != nil {
			return err
		}
		m.tell("dropped here")
		here.State = provision.Dropped
	}
	there, err := m.to.p.Get(ctx, m.id)
	if err != nil {
		return err
	}
	return m.c.changed(ctx, m.to.p, m.id, fmt.Sprintf("moved; %s there, %s here", there.State, here.State))
}

// errRemoved: somebody has dropped or removed the tenant where it was brought to.
var errRemoved = errors.New("docex: the tenant is not there any more; here it is suspended")

// errNotMoved: the tenant's id is taken where it is to go.
var errNotMoved = errors.New("docex: there is another tenant of that id where this one is to go")

// arrived reports whether the tenant is there already, with all that there ever was of it here: an earlier run has been
// cut off behind that.
func (m mover) arrived(ctx context.Context) (bool, error) {
	t, err := m.to.p.Get(ctx, m.id)
	switch {
	case errors.Is(err, scope.ErrTenantNotProvisioned):
		return false, nil
	case err != nil:
		return false, err
	case t.State == provision.Dropping || t.State == provision.Dropped:
		return false, fmt.Errorf("%w: it is %s there", errNotMoved, t.State)
	}
	archive, err := m.to.p.ArchiveOf(ctx, m.id)
	if err != nil {
		return false, err
	}
	all, err := m.from.p.HoldsAll(ctx, m.id, archive)
	if err == nil && !all {
		err = fmt.Errorf("%w, or an older copy of this one", errNotMoved)
	}
	return all, err
}

// bring suspends the tenant and makes it there.
func (m mover) bring(ctx context.Context) error {
	t, err := m.from.p.Get(ctx, m.id)
	if err != nil {
		return err
	}
	if err := m.from.p.Suspend(ctx, m.id); err != nil {
		return err
	}
	m.tell("suspended here")
	err = m.transfer(ctx, t.State == provision.Suspended)
	if err == nil {
		return nil
	}
	return errors.Join(err, m.undo(ctx, t))
}

// transfer exports and imports. The archive is gone afterwards.
func (m mover) transfer(ctx context.Context, suspended bool) error {
	dir, err := os.MkdirTemp(m.dir, "docex-move-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, m.id+".dump")
	exported, err := m.c.export(ctx, m.from, m.id, file, pgarchive.Options{})
	if err != nil {
		return err
	}
	m.tell("exported, tables: %d, rows: %d, bytes: %d", len(exported.Tables), exported.Rows(), exported.Archive.Bytes)
	manifest, done, err := m.c.importFile(ctx, m.to, file, provision.ImportOptions{Suspended: suspended})
	if err != nil {
		return err
	}
	printLost(m.c.err, manifest, done)
	m.tell("it is there, %s, tables: %d, rows: %d, compared: %s", done.Tenant.State, len(manifest.Tables),
		manifest.Rows(), done.Compared)
	return nil
}

// undoTimeout bounds how long a run that failed takes to resume the tenant. Its own context may be over.
const undoTimeout = 10 * time.Second

// undo lets a tenant be worked for here again, if it was before. The import may have been committed when its connection
// broke: unless the tenant is certainly not there it stays suspended, since nobody may work for it in two places.
func (m mover) undo(ctx context.Context, before provision.Tenant) error {
	if before.State == provision.Suspended {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	err := m.to.p.Verify(ctx, m.id) // not Get: it waits for the end of an import that the server has not heard the last of
	if errors.Is(err, scope.ErrTenantNotProvisioned) {
		return m.from.p.Resume(ctx, m.id)
	}
	return fmt.Errorf("docex: tenant %q stays suspended here, since it may be there: run move again", m.id)
}
