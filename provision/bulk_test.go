package provision_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// smallDDL keeps tests of many tenants short.
var smallDDL = ddl("CREATE TABLE second (id integer)")

// tenants yields n tenants called <prefix>0, <prefix>1 and so on.
func tenants(prefix string, n int) iter.Seq[provision.Tenant] {
	return func(yield func(provision.Tenant) bool) {
		for i := range n {
			if !yield(provision.Tenant{ID: fmt.Sprint(prefix, i)}) {
				return
			}
		}
	}
}

func TestCreateMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "t3", DisplayName: "was there"}); err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	var last provision.BulkCounts
	progress := func(o provision.BulkOutcome, so provision.BulkCounts) {
		outcomes = append(outcomes, o.Tenant.ID+" "+string(o.Result)+" "+o.Tenant.DisplayName)
		last = so
		if o.Err != nil || o.Tenant.Schema != "tenant_"+o.Tenant.ID || o.Tenant.CreatedAt.IsZero() {
			t.Errorf("%+v", o)
		}
	}
	got, err := p.CreateMany(t.Context(), tenants("t", 6), provision.BulkOptions{Concurrency: 3, Progress: progress})
	if err != nil {
		t.Fatal(err)
	}
	want := provision.BulkCounts{Created: 5, Existing: 1}
	if got != want || last != want {
		t.Errorf("result %+v, last progress %+v, want %+v", got, last, want)
	}
	slices.Sort(outcomes)
	if d := cmp.Diff([]string{"t0 created t0", "t1 created t1", "t2 created t2", "t3 existing was there", "t4 created t4",
		"t5 created t5"}, outcomes); d != "" {
		t.Error(d)
	}
	if list, err := p.List(t.Context(), provision.ListOptions{}); err != nil || len(list) != 6 {
		t.Errorf("List: %d tenants, %v", len(list), err)
	}
}

// What fails is told and does not keep the others from being made.
func TestCreateManyFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	_, gone := p.Create(ctx, provision.Tenant{ID: "gone"})
	_, other := w.provisioner(provision.Config{}).Create(ctx, provision.Tenant{ID: "other-ddl"})
	if err := errors.Join(gone, other, p.Suspend(ctx, "gone"), p.Drop(ctx, "gone", "gone")); err != nil {
		t.Fatal(err)
	}
	w.exec("CREATE SCHEMA tenant_taken")
	want := map[string]error{"gone": provision.ErrTenantExists, "other-ddl": provision.ErrTenantExists,
		"taken": provision.ErrSchemaExists, "made": nil, "later": nil}
	got := map[string]error{}
	progress := func(o provision.BulkOutcome, _ provision.BulkCounts) {
		got[o.Tenant.ID] = o.Err
		if (o.Err != nil) != (o.Result == provision.BulkFailed) {
			t.Errorf("%+v", o)
		}
	}
	ids := []string{"gone", "made", "other-ddl", "taken", "later"}
	sum, err := p.CreateMany(ctx, func(yield func(provision.Tenant) bool) {
		for _, id := range ids {
			if !yield(provision.Tenant{ID: id}) {
				return
			}
		}
	}, provision.BulkOptions{Progress: progress})
	wantIs(t, err, provision.ErrTenantExists) // the first failure's
	if err == nil || !strings.Contains(err.Error(), "3 of 5 tenants failed") || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("error is %v", err)
	}
	if sum != (provision.BulkCounts{Created: 2, Failed: 3}) {
		t.Errorf("%+v", sum)
	}
	for id, target := range want {
		if err, told := got[id]; !told || target == nil && err != nil {
			t.Errorf("%s: told %t, %v", id, told, err)
		} else if target != nil {
			wantIs(t, err, target)
		}
	}
}

// Errors that every tenant would meet come at once, and no tenant is taken.
func TestCreateManyChecksFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.provisioner(provision.Config{DDL: smallDDL})
	untouched := func(func(provision.Tenant) bool) { t.Error("a tenant was asked for") }
	_, err := p.CreateMany(t.Context(), untouched, provision.BulkOptions{})
	wantIs(t, err, provision.ErrNotInitialized)
	_, err = p.CreateMany(t.Context(), untouched, provision.BulkOptions{Concurrency: -1})
	wantIs(t, err, provision.ErrInvalidConfig)
}

// A bulk that was interrupted is taken up again with the same tenants.
func TestCreateManyIsResumable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	endless := func(yield func(provision.Tenant) bool) {
		for yield(provision.Tenant{ID: fmt.Sprint("t", asked)}) {
			asked++
		}
	}
	stopAt5 := func(o provision.BulkOutcome, so provision.BulkCounts) {
		if so.Created == 5 {
			cancel()
		}
	}
	first, err := p.CreateMany(ctx, endless, provision.BulkOptions{Concurrency: 4, Progress: stopAt5})
	wantIs(t, err, context.Canceled)
	if first.Created < 5 || first.Created+first.Failed > 9 {
		t.Errorf("%+v", first)
	}
	n := asked + 1
	second, err := p.CreateMany(t.Context(), tenants("t", n), provision.BulkOptions{Concurrency: 4})
	if err != nil || second.Created+second.Existing != n || second.Failed > 0 || second.Existing < first.Created {
		t.Errorf("%+v, %v, after %+v, want %d tenants", second, err, first, n) // a commit may outlive its cancellation
	}
}

// Many bulks at once with overlapping tenants, on fewer connections than workers: each tenant is made once, and whole.
func TestCreateManyRaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin.SetMaxOpenConns(20)
	p := w.initialized(provision.Config{DDL: smallDDL})
	var created, existing atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			all := slices.Collect(tenants("t", 12))
			all = append(all[i%12:], all[:i%12]...)
			got, err := p.CreateMany(t.Context(), slices.Values(all), provision.BulkOptions{Concurrency: 2})
			if err != nil {
				t.Error(err)
			}
			created.Add(int64(got.Created))
			existing.Add(int64(got.Existing))
		})
	}
	wg.Wait()
	if created.Load() != 12 || existing.Load() != 50*12-12 {
		t.Errorf("%d created, %d existing, want 12 and %d", created.Load(), existing.Load(), 50*12-12)
	}
	if got := w.value(
		`SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text LIKE 'tenant\_t%'`); got !=
		"24" {
		t.Errorf("%s tables, want 24", got)
	}
}

// One connection is enough, and every one that a bulk took is back in the pool after it, also when the caller panics.
func TestCreateManyGivesItsConnectionsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin.SetMaxOpenConns(1)
	p := w.initialized(provision.Config{DDL: smallDDL})
	if _, err := p.CreateMany(t.Context(), tenants("t", 4), provision.BulkOptions{Concurrency: 3}); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		p.CreateMany(t.Context(), tenants("u", 4), provision.BulkOptions{Concurrency: 3,
			Progress: func(provision.BulkOutcome, provision.BulkCounts) { panic("of the caller's") }})
	}()
	if s := w.admin.Stats(); s.InUse != 0 {
		t.Errorf("%d connections in use", s.InUse)
	}
}

// A killed connection costs the tenant that was being made on it and no other.
func TestCreateManyOutlivesAConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.initialized(provision.Config{})
	w.exec("CREATE SCHEMA helper", "CREATE SEQUENCE helper.run", `CREATE FUNCTION helper.second_dies() RETURNS void
  LANGUAGE sql
 AS $$ SELECT pg_terminate_backend(pg_backend_pid()) WHERE nextval('helper.run') = 2 $$`)
	p := w.provisioner(provision.Config{DDL: ddl("SELECT second_dies()"), ExtensionSchemas: []string{"helper"}})
	got, err := p.CreateMany(t.Context(), tenants("t", 4), provision.BulkOptions{})
	if err == nil || got != (provision.BulkCounts{Created: 3, Failed: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = p.CreateMany(t.Context(), tenants("t", 4), provision.BulkOptions{})
	if err != nil || got != (provision.BulkCounts{Created: 1, Existing: 3}) {
		t.Errorf("again: %+v, %v", got, err)
	}
}
