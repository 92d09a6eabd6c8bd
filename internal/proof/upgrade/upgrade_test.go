package upgrade

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

var (
	tenants = flag.Int("tenants", 20, "how many")
	workers = flag.Int("workers", 4, "programs' goroutines")
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(envProgram); dsn != "" {
		if err := program(dsn, os.Getenv(envRole)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

// Tenants are upgraded while programs work for them. The upgrade is killed twice, and the third run ends it.
func TestUpgradeUnderLoad(t *testing.T) {
	db := pgtest.NewDB(t)
	admin := db.Admin(t)
	old, err := provision.New(admin, config(before, "1", db.AppRole))
	if err != nil {
		t.Fatal(err)
	}
	next, err := provision.New(admin, config(after, "2", db.AppRole))
	if err != nil {
		t.Fatal(err)
	}
	ids := makeTenants(t, admin, old, *tenants)
	l := startLoad(t, db.AppDSN, ids, *workers)
	l.untilWarm()
	began := time.Now()
	for _, third := range []int{1, 2} {
		done := killedAfter(t, db, *tenants/3)
		behind := oldOrNew(t, next, *tenants)
		t.Logf("killed behind %d tenants: %d are behind", done, behind)
		if behind == 0 && third == 1 {
			t.Error("the upgrade was killed too late")
		}
	}
	if out, err := upgrader(t, db).CombinedOutput(); err != nil {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	took := time.Since(began)
	l.end()
	if behind := oldOrNew(t, next, *tenants); behind > 0 {
		t.Errorf("%d tenants are behind", behind)
	}
	compareWithFresh(t, next)
	l.judge(admin)
	t.Logf("%d tenants upgraded in %v, %d operations, of which the longest took %v", *tenants,
		took.Round(time.Millisecond), l.ops.Load(), time.Duration(l.longest.Load()).Round(time.Millisecond))
}

// makeTenants makes tenants, each with its name in its table owner.
func makeTenants(t *testing.T, admin *sql.DB, p *provision.Provisioner, n int) []string {
	t.Helper()
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids, made := make([]string, n), make([]provision.Tenant, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("t%05d", i)
		made[i].ID = ids[i]
	}
	if _, err := p.CreateMany(t.Context(), slices.Values(made), provision.BulkOptions{Concurrency: 4}); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := admin.Exec(`INSERT INTO tenant_` + id + `.owner VALUES ('` + id + `')`); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

const (
	envProgram = "DOCEX_TEST_UPGRADE_DSN" // makes the test binary the program that upgrades
	envRole    = "DOCEX_TEST_UPGRADE_ROLE"
)

// program upgrades all tenants and prints a line for each.
func program(dsn, appRole string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := provision.New(db, config(after, "2", appRole))
	if err != nil {
		return err
	}
	_, err = p.UpgradeTenants(context.Background(), provision.UpgradeOptions{
		To: "2", Script: provision.DDLString(script), Then: provision.DDLString(then), Rewrite: true,
		Concurrency: 2, Retries: 100,
		Progress: func(o provision.UpgradeOutcome, _ provision.UpgradeCounts) { fmt.Println(o.Tenant.ID, o.Result) }})
	return err
}

func upgrader(t *testing.T, db *pgtest.DB) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envProgram+"="+db.AdminDSN, envRole+"="+db.AppRole)
	return cmd
}

// killedAfter runs the program and kills it when so many tenants are done.
func killedAfter(t *testing.T, db *pgtest.DB, n int) (done int) {
	t.Helper()
	cmd := upgrader(t, db)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); done < n && lines.Scan(); done++ {
		if !strings.HasSuffix(lines.Text(), string(provision.UpgradeDone)) {
			t.Errorf("the program wrote %q", lines.Text())
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	return done
}

// oldOrNew verifies all tenants and returns how many are behind.
func oldOrNew(t *testing.T, p *provision.Provisioner, want int) (behind int) {
	t.Helper()
	n := 0
	err := p.VerifyAll(t.Context(), 2, func(tenant provision.Tenant, err error) {
		n++
		if err != nil {
			t.Error(err)
		}
		if p.Behind(tenant) {
			behind++
		}
		if wantVersion := map[bool]string{true: "1", false: "2"}[p.Behind(tenant)]; tenant.DDLVersion != wantVersion {
			t.Errorf("%s has version %s, want %s", tenant.ID, tenant.DDLVersion, wantVersion)
		}
	})
	if err != nil || n != want {
		t.Errorf("%d tenants verified, want %d: %v", n, want, err)
	}
	return behind
}

// compareWithFresh: all tenants have the shape that a new one has.
func compareWithFresh(t *testing.T, p *provision.Provisioner) {
	t.Helper()
	fresh, err := p.Create(t.Context(), provision.Tenant{ID: "fresh"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.List(t.Context(), provision.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range all {
		if tenant.Catalog != fresh.Catalog || tenant.DDLDigest != fresh.DDLDigest {
			t.Errorf("%+v is not as %+v", tenant, fresh)
		}
	}
}

// judge compares what the tables hold with what callers were told.
func (l *load) judge(admin *sql.DB) {
	l.t.Helper()
	for i, id := range l.ids {
		var entries, sum, double int64
		const query = `SELECT (SELECT count(*) FROM tenant_%[1]s.entry), (SELECT sum(balance) FROM tenant_%[1]s.account),
			(SELECT count(*) FROM tenant_%[1]s.entry WHERE double NOT IN (0, 2 * amount))`
		err := admin.QueryRow(fmt.Sprintf(query, id)).Scan(&entries, &sum, &double)
		if err != nil || entries != l.written[i].Load() || sum != total || double != 0 {
			l.t.Errorf("%s has %d entries, want %d; balances %d, want %d; %d wrong: %v", id, entries, l.written[i].Load(), sum,
				total, double, err)
		}
	}
}
