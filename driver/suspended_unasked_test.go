package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// smallDDL makes tenants that are quickly created and dropped; attempts work with them.
const smallDDL = `CREATE TABLE docbasket (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, description text);
	CREATE PROCEDURE two_steps() LANGUAGE sql AS 'SELECT 1'`

// revoker takes the rights of tenants away.
type revoker struct {
	*testing.T
	*world
	made int
}

func newRevoker(t *testing.T) *revoker {
	t.Helper()
	db := pgtest.NewDB(t)
	r := &revoker{T: t, world: &world{DB: db, admin: db.Admin(t)}}
	var err error
	r.prov, err = provision.New(r.admin, provision.Config{AppRole: db.AppRole, DDL: provision.DDLString(smallDDL)})
	r.must(err)
	r.must(r.prov.Init(context.Background()))
	for _, id := range []string{"acme", "globex"} {
		_, err := r.prov.Create(context.Background(), provision.Tenant{ID: id})
		r.must(err)
	}
	return r
}

func (r *revoker) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// used has the tenant work, so that the connector knows its role, and then another one if the connection is to be another's.
func (r *revoker) used(db *sql.DB, tenant, last string) {
	r.Helper()
	for _, id := range []string{tenant, last} {
		_, err := db.ExecContext(as(id), "SELECT count(*) FROM docbasket")
		r.must(err)
	}
}

func (r *revoker) suspended(db *sql.DB, last string) (tenant string, want error) {
	r.Helper()
	r.must(r.prov.Resume(context.Background(), "acme"))
	r.used(db, "acme", last)
	r.must(r.prov.Suspend(context.Background(), "acme"))
	return "acme", scope.ErrTenantSuspended
}

// dropped drops a tenant that was made for that.
func (r *revoker) dropped(db *sql.DB, last string) (tenant string, want error) {
	r.Helper()
	ctx := context.Background()
	r.made++
	tenant = fmt.Sprintf("gone%04d", r.made)
	_, err := r.prov.Create(ctx, provision.Tenant{ID: tenant})
	r.must(err)
	if last == "acme" {
		last = tenant
	}
	r.used(db, tenant, last)
	r.must(r.prov.Suspend(ctx, tenant))
	r.must(r.prov.Drop(ctx, tenant, tenant))
	return tenant, scope.ErrTenantNotProvisioned
}

const callTwoSteps = "CALL tenant_acme.two_steps()"

// unaskedAttempts are attempts, and some that need no right of the tenant's.
func unaskedAttempts() map[string]func(ctx context.Context, db *sql.DB, name string) error {
	all := maps.Clone(attempts)
	for _, text := range []string{"SELECT 1", callTwoSteps} {
		all[text] = func(ctx context.Context, db *sql.DB, _ string) error { return execText(text)(ctx, db) }
	}
	return all
}

// A tenant that is suspended is refused as that, also when the context ends before the registry could be asked; or the
// context's end is the answer.
func TestSuspendedWithShortDeadlines(t *testing.T) {
	r := newRevoker(t)
	for place, db := range map[string]*sql.DB{
		"direct": r.open(t, 2), "pooled": r.openConnector(t, 2, r.connectorTo(t, r.Pooler(t, "transaction", 2))),
	} {
		refused := 0
		for name, attempt := range unaskedAttempts() {
			for i := range 10 {
				tenant, want := r.suspended(db, []string{"acme", "globex"}[i%2])
				for _, ms := range []int{i, 9 - i} {
					ctx, cancel := context.WithTimeout(as(tenant), time.Duration(ms)*time.Millisecond)
					err := attempt(ctx, db, "new-refused")
					cancel()
					if errors.Is(err, want) {
						refused++
					} else if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s, %s, %d ms: got %v, want %v", place, name, ms, err, want)
					}
				}
			}
		}
		if refused == 0 {
			t.Errorf("%s: nothing was refused in time", place)
		}
	}
}

// The connection is lost while the registry is asked why the server has refused a tenant's role: the tenant is refused by
// type. What the server has refused of a statement on a session that the tenant had before may also be a mistake in the
// statement: the error is docex's then, and holds the server's.
func TestRevokedAndCut(t *testing.T) {
	r := newRevoker(t)
	direct := pgproxy.Start(t, r.AppDSN, 0)
	pooled := pgproxy.Start(t, r.Pooler(t, "transaction", 1), 0)
	for _, last := range []string{"acme", "globex"} {
		for name, attempt := range unaskedAttempts() {
			t.Run("direct, last "+last+"/"+name, func(t *testing.T) {
				db := r.openConnector(t, 1, r.connectorTo(t, direct.DSN, "docex_pin", "session"))
				r.cutAnswers(t, direct, db, last, attempt, last == "acme" && needsRights(name), answersOf(name), r.suspended)
			})
		}
		for _, name := range []string{"exec", "transaction", "batch"} {
			t.Run("simple_protocol, last "+last+"/"+name, func(t *testing.T) {
				db := r.openConnector(t, 1, r.connectorTo(t, direct.DSN, "docex_pin", "session", "default_query_exec_mode", "simple_protocol"))
				r.cutAnswers(t, direct, db, last, attempts[name], last == "acme" && needsRights(name), answersOf(name), r.suspended)
			})
			t.Run("pooled, last "+last+"/"+name, func(t *testing.T) {
				r.cutAnswers(t, pooled, r.openConnector(t, 1, r.connectorTo(t, pooled.DSN)), last, attempts[name], false, 1, r.suspended)
			})
			t.Run("dropped, last "+last+"/"+name, func(t *testing.T) {
				db := r.openConnector(t, 1, r.connectorTo(t, direct.DSN, "docex_pin", "session"))
				r.cutAnswers(t, direct, db, last, attempts[name], last == "acme" && needsRights(name), answersOf(name), r.dropped)
			})
		}
	}
}

// needsRights tells the attempts that send nothing but what the server refuses for want of a right. With the others the role
// is taken on anew.
func needsRights(name string) bool {
	return slices.Contains([]string{"exec", "exec without arguments", "query", "prepare", "connection", "copy", callTwoSteps}, name)
}

// answersOf is how many answers say no: in front of a BEGIN the pin has one of its own.
func answersOf(name string) int {
	if strings.HasSuffix(name, "transaction") || name == "begin as text" {
		return 2
	}
	return 1
}

// isMissingRelation reports an error of docex's with the server's in it.
func isMissingRelation(err error) bool {
	var typed *driver.Error
	var pgErr *pgconn.PgError
	return errors.As(err, &typed) && errors.As(err, &pgErr) && (pgErr.Code == "42P01" || pgErr.Code == "42501")
}

// cutAnswers cuts the answers to a refused attempt: where the server has said no, and behind each row, error and end from there on.
func (r *revoker) cutAnswers(
	t *testing.T, p *pgproxy.Proxy, db *sql.DB, last string, attempt func(ctx context.Context, db *sql.DB, name string) error,
	ambiguous bool, answers int, revoke func(db *sql.DB, last string) (tenant string, want error),
) {
	t.Helper()
	again := func() (ctx context.Context, want error) {
		db.SetMaxIdleConns(0) // what was cut goes, and what was prepared
		db.SetMaxIdleConns(1)
		tenant, want := revoke(db, last)
		return as(tenant), want
	}
	ctx, want := again()
	whole, err := p.Record(func() error { return attempt(ctx, db, "new-refused") })
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	total, all := 0, whole.Bytes(pgproxy.ToClient)
	for _, m := range whole.Messages[pgproxy.ToClient] {
		total += m.Len
		if m.Type == 'Z' {
			answers--
		}
		if answers > 0 || total == all || !strings.ContainsRune("ZED", rune(m.Type)) {
			continue
		}
		ctx, want := again()
		disarm := p.CutAfter(pgproxy.ToClient, total)
		err := attempt(ctx, db, "new-refused")
		if !disarm() {
			t.Errorf("not cut after %d of %d bytes", total, all)
		}
		if !errors.Is(err, want) && (!ambiguous || !isMissingRelation(err)) {
			t.Errorf("cut after %d of %d bytes: got %v, want %v", total, all, err, want)
		}
	}
}
