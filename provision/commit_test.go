package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/provision"
)

// runs are the ways to call f for acme.
var runs = map[string]func(ctx context.Context, p *provision.Provisioner, f provision.TenantFunc) error{
	"with tenant": func(ctx context.Context, p *provision.Provisioner, f provision.TenantFunc) error {
		return p.WithTenant(ctx, "acme", provision.WithOptions{Reason: "r"}, f)
	},
	"for each tenant": func(ctx context.Context, p *provision.Provisioner, f provision.TenantFunc) error {
		n, err := p.ForEachTenant(ctx, provision.ForEachOptions{Reason: "r", Only: []string{"acme"}}, f)
		if n != 0 {
			err = errors.Join(err, errors.New("it is counted as committed"))
		}
		return err
	},
}

var lateDDL = provision.DDLString("CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);")

// The answer to COMMIT is lost, and the transaction is committed. The audit log has that it is, and that the run was
// interrupted.
func TestRunsWhoseCommitIsLost(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{DDL: lateDDL})
	proxy := pgproxy.Start(t, w.AdminDSN, 0)
	db, err := sql.Open("pgx", proxy.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	behind := w
	behind.admin = db
	p := behind.provisioner(provision.Config{DDL: lateDDL})
	for _, run := range runs {
		err := run(t.Context(), p, func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO late DEFAULT VALUES")
			proxy.CutAnswer("commit")
			return err
		})
		wantIs(t, err, provision.ErrOutcomeUnknown)
		w.eventually("SELECT count(*) > 0 FROM tenant_acme.late") // the server has COMMIT, and is alone with it
		w.exec("DELETE FROM tenant_acme.late")
	}
	const outcomes = `SELECT string_agg(outcome, ' ' ORDER BY id) FROM docex_system.audit WHERE action = 'with tenant'`
	if got := w.value(outcomes); got != "done done interrupted" { // of the start, of the end, of the run
		t.Error(got)
	}
}

// What the function itself is told is no doubt, nor what a constraint says on a plain server. A worker of Citus is in
// doubt where the coordinator says that it could not commit.
func TestRunsThatViolateAtCommit(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{DDL: lateDDL})
	for name, run := range runs {
		for statement, unknown := range map[string]bool{
			"SELECT 1 / 0": false, "INSERT INTO late VALUES (1), (1)": w.Distribution == string(provision.Citus),
		} {
			err := run(t.Context(), p, func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil || errors.Is(err, provision.ErrOutcomeUnknown) != unknown {
				t.Errorf("%s: %s: %v, and that the outcome is unknown should be %t", name, statement, err, unknown)
			}
		}
	}
}
