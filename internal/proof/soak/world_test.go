package soak

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// world is a server of its own with tenants. One goroutine administers them.
type world struct {
	server *pgserver.Server
	*pgtest.DB
	admin *sql.DB // finds the server as it is at each statement
	prov  *provision.Provisioner
	slots []atomic.Pointer[tenant] // the tenants at work
	last  atomic.Pointer[tenant]   // that was suspended or dropped
	made  int
}

const (
	accounts = 4
	total    = accounts * 1000
	seed     = `INSERT INTO account SELECT n, 1000 FROM generate_series(0, 3) n`

	// A row of entry is what one operation wrote: for whom, as it said and as a trigger saw it. Nothing in it is unique,
	// so what is done twice is there twice. Amounts of one operation add up to zero, and so do changes of balances.
	tables = `
	CREATE TYPE kind AS ENUM ('in', 'out');
	CREATE TABLE owner (tenant text NOT NULL);
	CREATE TABLE entry (op bigint NOT NULL, tenant text NOT NULL, said text NOT NULL, seen text, amount bigint NOT NULL,
		kind kind NOT NULL DEFAULT 'in');
	CREATE INDEX entry_op ON entry (op);
	CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
	CREATE TABLE never (op bigint PRIMARY KEY, account int REFERENCES account DEFERRABLE INITIALLY DEFERRED);
	CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			NEW.seen := current_setting('docex.tenant_id', true) || '/' || current_setting('docex.user_id', true);
			RETURN NEW;
		END $$;
	CREATE TRIGGER look BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION look();`

	// The login has the memberships of a program with many tenants. A backend takes time to collect them, and misses what
	// changes meanwhile.
	memberships = `DO $$ BEGIN FOR n IN 1..300 LOOP
	EXECUTE format('CREATE ROLE member_%s', n); EXECUTE format('GRANT member_%s TO app', n); END LOOP; END $$`
)

func newWorld(t *testing.T, tenants int) *world {
	t.Helper()
	server, err := pgserver.StartOwn(t.Context(), "synchronous_commit=on", "log_line_prefix=%m [%p] user=%u ")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() }) // what is in its log was looked at
	app, err := url.Parse(server.DSN("docs"))
	if err != nil {
		t.Fatal(err)
	}
	app.User = url.UserPassword("app", "app")
	w := &world{server: server, slots: make([]atomic.Pointer[tenant], tenants),
		DB: &pgtest.DB{Name: "docs", AdminDSN: server.DSN("docs"), AppDSN: app.String(), AppRole: "app"}}
	root := (&pgtest.DB{AdminDSN: server.DSN("postgres")}).Admin(t)
	for _, text := range []string{"CREATE DATABASE docs", "CREATE ROLE app LOGIN NOINHERIT PASSWORD 'app'", memberships} {
		if _, err := root.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	w.admin = w.Admin(t)
	w.admin.SetMaxIdleConns(-1)
	w.prov, err = provision.New(w.admin, provision.Config{
		AppRole: w.AppRole, DDL: provision.DDLString(tables), Seed: provision.DDLString(seed),
	})
	if err == nil {
		err = w.prov.Init(t.Context())
	}
	for i := range w.slots {
		err = errors.Join(err, w.create(t.Context(), i))
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// tenant is one that was created. The slot that it is in gets another one when it is dropped.
type tenant struct {
	id, schema string
	state      atomic.Uint64 // a status, and above it how often it has changed
}

type status uint64

const (
	changing status = iota // or not known
	active
	suspended
	dropped
	statuses
)

func (t *tenant) become(s status) {
	t.state.Store((t.state.Load()/uint64(statuses)+1)*uint64(statuses) + uint64(s))
}

func (t *tenant) status() status { return status(t.state.Load()) % statuses }

// throughout returns the status that the tenant has had since it had a state; changing when it had several.
func (t *tenant) throughout(state uint64) status {
	if t.state.Load() != state {
		return changing
	}
	return status(state) % statuses
}

func (w *world) create(ctx context.Context, slot int) error {
	made, err := w.prov.Create(ctx, provision.Tenant{ID: fmt.Sprintf("t%d", w.made)})
	if err != nil {
		return err
	}
	w.made++
	t := &tenant{id: made.ID, schema: made.Schema}
	if _, err := w.admin.ExecContext(ctx, fmt.Sprintf("INSERT INTO %q.owner VALUES ($1)", t.schema), t.id); err != nil {
		return err
	}
	t.become(active)
	w.slots[slot].Store(t)
	return nil
}

// change brings tenants from one status to another, all at once. Nobody relies on either meanwhile.
func (w *world) change(ctx context.Context, to status, tenants ...*tenant) error {
	how := map[status]func(t *tenant) error{
		active:    func(t *tenant) error { return w.prov.Resume(ctx, t.id) },
		suspended: func(t *tenant) error { return w.prov.Suspend(ctx, t.id) },
		dropped:   func(t *tenant) error { return w.prov.Drop(ctx, t.id, t.id) },
	}
	errs := make([]error, len(tenants))
	var all sync.WaitGroup
	for i, t := range tenants {
		all.Go(func() {
			t.become(changing)
			if errs[i] = how[to](t); errs[i] != nil {
				return
			}
			if t.become(to); to != active {
				w.last.Store(t)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func as(ctx context.Context, tenant, user string) context.Context {
	return scope.With(ctx, scope.UserContext{UserID: user, TenantID: tenant})
}
