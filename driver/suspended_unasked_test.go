package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
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
const smallDDL = `
	CREATE TABLE docbasket (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, description text);
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
	r.prov, err = provision.New(r.admin, onto(db, provision.Config{DDL: provision.DDLString(smallDDL)}))
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

// used has the tenant work, so that the connector knows its role, and then another one if the connection is to be
// another's.
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
	t.Parallel()
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
					late := ctx.Err() != nil
					cancel()
					switch {
					case errors.Is(err, want):
						refused++
					case errors.Is(err, context.DeadlineExceeded), late && errors.As(err, new(*pgconn.ConnectError)):
					case pgconn.Timeout(err) && errors.As(err, new(*pgconn.ConnectError)): // the dialer's clock was ahead
					case late && errors.Is(err, sqldriver.ErrBadConn): // as in pgx, when it was late before anything was sent
					default:
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

// The connection is lost while the registry is asked why the server has refused a tenant's role: the tenant is refused
// by type. What the server has refused of a statement on a session that the tenant had before may also be a mistake in
// the statement: the error is docex's then, and holds the server's.
func TestRevokedAndCut(t *testing.T) {
	t.Parallel()
	r := newRevoker(t)
	direct := pgproxy.Start(t, r.AppDSN, 0)
	pooled := pgproxy.Start(t, r.Pooler(t, "transaction", 1), 0)
	session := []string{"docex_pin", "session"}
	simple := append(session, "default_query_exec_mode", "simple_protocol")
	for _, last := range []string{"acme", "globex"} {
		for name := range unaskedAttempts() {
			revokedCut{r, direct, last, name, (*revoker).suspended, true}.run(t, "direct", session...)
		}
		for _, name := range []string{"exec", "transaction", "batch"} {
			revokedCut{r, direct, last, name, (*revoker).suspended, true}.run(t, "simple_protocol", simple...)
			revokedCut{r, direct, last, name, (*revoker).dropped, true}.run(t, "dropped", session...)
			revokedCut{r, pooled, last, name, (*revoker).suspended, false}.run(t, "pooled")
		}
	}
}

// revokedCut is an attempt of a tenant that was revoked, whose answers are cut.
type revokedCut struct {
	*revoker
	proxy   *pgproxy.Proxy
	last    string // whose the connection was last
	attempt string
	revoke  func(r *revoker, db *sql.DB, last string) (tenant string, want error)
	session bool // it is the session that is pinned
}

func (r revokedCut) run(t *testing.T, place string, params ...string) {
	t.Run(fmt.Sprintf("%s/%s, last %s", place, r.attempt, r.last), func(t *testing.T) {
		db := r.openConnector(t, 1, r.connectorTo(t, r.proxy.DSN, params...))
		var whole pgproxy.Exchange
		got, want := r.try(db, func(attempt func() error) (err error) {
			whole, err = r.proxy.Record(attempt)
			return err
		})
		if !errors.Is(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for _, n := range r.offsets(whole.Messages[pgproxy.ToClient]) {
			got, want := r.try(db, func(attempt func() error) error {
				disarm := r.proxy.CutAfter(pgproxy.ToClient, n)
				err := attempt()
				if !disarm() {
					t.Errorf("not cut after %d bytes", n)
				}
				return err
			})
			if !errors.Is(got, want) && (!r.ambiguous() || !isMissingRelation(got)) {
				t.Errorf("cut after %d bytes: got %v, want %v", n, got, want)
			}
		}
	})
}

// try revokes a tenant, and has run make the attempt on a connection that was used before.
func (r revokedCut) try(db *sql.DB, run func(attempt func() error) error) (got, want error) {
	renew(db) // what was cut goes, and what was prepared
	tenant, want := r.revoke(r.revoker, db, r.last)
	return run(func() error { return unaskedAttempts()[r.attempt](as(tenant), db, "new-refused") }), want
}

// offsets are where to cut the answers: where the server has said no, and behind each error and end from there on.
func (r revokedCut) offsets(messages []pgproxy.Message) (at []int) {
	noes, begins := 1, []string{"transaction", "serializable transaction", "begin as text"}
	if pgtest.Citus() {
		begins = append(begins, "batch")
	}
	if r.session && slices.Contains(begins, r.attempt) {
		noes = 2 // in front of a BEGIN the pin has an answer of its own
	}
	total := 0
	for _, m := range messages[:len(messages)-1] {
		total += m.Len
		if m.Type == 'Z' {
			noes--
		}
		if noes <= 0 && strings.ContainsRune("ZE", rune(m.Type)) {
			at = append(at, total)
		}
	}
	return at
}

// ambiguous tells the attempts that send nothing but what the server refuses for want of a right, on a session that the
// tenant has already. With others the role is taken on anew.
func (r revokedCut) ambiguous() bool {
	needRights := []string{"exec", "exec without arguments", "query", "prepare", "connection", "copy", callTwoSteps}
	return r.session && r.last == "acme" && slices.Contains(needRights, r.attempt)
}

// isMissingRelation reports an error of docex's with the server's in it.
func isMissingRelation(err error) bool {
	var typed *driver.Error
	var pgErr *pgconn.PgError
	return errors.As(err, &typed) && errors.As(err, &pgErr) && (pgErr.Code == "42P01" || pgErr.Code == "42501")
}
